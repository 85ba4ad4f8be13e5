/** One subject in one case. */
export interface Entrant {
  /** `fastify`, or `fastify (key, ETag, SQLite)` where a subject runs in more than one shape. */
  readonly subject: string
  /** Measures once in fresh processes and answers how many a second. Throws where one answer was wrong. */
  readonly run: () => Promise<number>
}

export interface Case {
  readonly name: string
  /** The subject that the ratios are against. */
  readonly baseline: string
  readonly entrants: readonly Entrant[]
}

export interface Settings {
  readonly rounds: number
  /** Of one measurement under load, after a warm-up of 3 s. */
  readonly seconds: number
  /** Deliveries queued before the clock starts, after a tenth as many to warm up. */
  readonly jobs: number
}

/** Starts what all subjects of a bench share; disposing stops it. */
export type Open = (settings: Settings) => Promise<Contest>

export interface Contest extends AsyncDisposable {
  readonly cases: readonly Case[]
}

export interface Sample {
  readonly case: string
  readonly subject: string
  readonly perSecond: number
}

export interface Result {
  readonly case: string
  readonly subject: string
  readonly baseline: string
  /** The median of the rounds. */
  readonly perSecond: number
  readonly lowest: number
  readonly highest: number
  /** Of the medians: this subject's over the baseline's. */
  readonly ratio: number
}

/** Interleaves the subjects (A B C, A B C …), so that a machine that slows down slows all of them. */
export async function compete(
  cases: readonly Case[],
  rounds: number,
  report: (line: string) => void,
): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const { name, entrants } of cases) {
      for (const { subject, run } of entrants) {
        const perSecond = await run()
        samples.push({ case: name, subject, perSecond })
        report(`round ${round} of ${rounds}, ${name}, ${subject}: ${Math.round(perSecond)}/s`)
      }
    }
  }
  return samples
}

export function summarise(cases: readonly Case[], samples: readonly Sample[]): Result[] {
  const ratesOf = (name: string, subject: string): number[] =>
    samples.filter(one => one.case === name && one.subject === subject).map(one => one.perSecond)
  return cases.flatMap(({ name, baseline, entrants }) => {
    const against = median(ratesOf(name, baseline))
    return entrants.map(({ subject }) => {
      const rates = ratesOf(name, subject)
      const perSecond = median(rates)
      const spread = { lowest: Math.min(...rates), highest: Math.max(...rates) }
      return { case: name, subject, baseline, perSecond, ...spread, ratio: perSecond / against }
    })
  })
}

/** NaN where there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low = Number.NaN, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return (low + high) / 2
}
