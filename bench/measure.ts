/** One subject in one case. */
export interface Entrant {
  /** `fastify`, or `fastify (key, ETag, SQLite)` where a subject runs in more than one shape. */
  readonly subject: string
  /** Measures once in fresh processes, in the unit of its case. Throws where one answer was wrong. */
  readonly run: () => Promise<number>
}

/** What a case is measured in. Of `per_second` more is better, of the others less. */
export type Unit = 'per_second' | 'ms' | 'mb'

export interface Case {
  readonly name: string
  /** Default: `per_second`. */
  readonly unit?: Unit
  /** The subject that the ratios are against; of several the best. */
  readonly baseline: string | readonly string[]
  readonly entrants: readonly Entrant[]
}

export interface Settings {
  readonly rounds: number
  /** Of one measurement under load, after a warm-up of 8 s. */
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
  readonly value: number
}

export interface Result {
  readonly case: string
  readonly subject: string
  readonly unit: Unit
  readonly baseline: string
  /** The median of the rounds. */
  readonly value: number
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
    for (const { name, unit = 'per_second', entrants } of cases) {
      for (const { subject, run } of entrants) {
        const value = await run()
        samples.push({ case: name, subject, value })
        report(`round ${round} of ${rounds}, ${name}, ${subject}: ${written(value, unit)}`)
      }
    }
  }
  return samples
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const WORDS = { per_second: '/s', ms: ' ms', mb: ' MB' } as const

/** `12,345/s`, `210 ms`, `64 MB`. */
export const written = (value: number, unit: Unit): string => whole.format(value) + WORDS[unit]

export function summarise(cases: readonly Case[], samples: readonly Sample[]): Result[] {
  return cases.flatMap(one => {
    const { name, unit = 'per_second', entrants } = one
    const of = (subject: string): number[] =>
      samples.filter(each => each.case === name && each.subject === subject).map(each => each.value)
    const baseline = bestOf([one.baseline].flat(), subject => median(of(subject)), unit)
    const against = median(of(baseline))
    return entrants.map(({ subject }) => {
      const values = of(subject)
      const value = median(values)
      const spread = { lowest: Math.min(...values), highest: Math.max(...values) }
      return { case: name, subject, unit, baseline, value, ...spread, ratio: value / against }
    })
  })
}

const bestOf = (subjects: readonly string[], value: (subject: string) => number, unit: Unit): string =>
  subjects.reduce((best, each) => ((unit === 'per_second') === value(each) > value(best) ? each : best))

/** NaN where there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low = Number.NaN, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return (low + high) / 2
}
