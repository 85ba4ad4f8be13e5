/** A condition that a customer may have, in both languages. Each has its own numbers and words. */
export interface Written {
  readonly cel: string
  /** The same as an expression of JavaScript, which sees `data`, `before` and `at`, in milliseconds. */
  readonly javascript: string
}

const SECTIONS = ['sport', 'politics', 'science', 'business', 'culture', 'travel']
const WORDS = [
  'breaking',
  'election',
  'goal',
  'budget',
  'storm',
  'merger',
  'verdict',
  'launch',
  'strike',
  'record',
]

const KINDS: readonly ((n: number) => Written)[] = [
  n => ({
    cel: `data.score > ${n / 100} && before.score <= ${n / 100}`,
    javascript: `data.score > ${n / 100} && before.score <= ${n / 100}`,
  }),
  n => ({ cel: `data.score >= ${n}`, javascript: `data.score >= ${n}` }),
  n => ({
    cel: `data.section == "${SECTIONS[n % 6]}" && data.score > ${n % 97}`,
    javascript: `data.section === "${SECTIONS[n % 6]}" && data.score > ${n % 97}`,
  }),
  n => ({
    cel: `data.author.id in ["usr_${n}", "usr_${n + 1}", "usr_${n + 2}", "usr_${n + 3}", "usr_${n + 4}"]`,
    javascript: `["usr_${n}", "usr_${n + 1}", "usr_${n + 2}", "usr_${n + 3}", "usr_${n + 4}"].includes(data.author.id)`,
  }),
  n => ({
    cel: `data.headline.matches("\\\\b${WORDS[n % 10]}.* ${n}\\\\b")`,
    javascript: `/\\b${WORDS[n % 10]}.* ${n}\\b/.test(data.headline)`,
  }),
  n => ({
    cel: `data.tags.exists(tag, tag == "tag${n}")`,
    javascript: `data.tags.some(tag => tag === "tag${n}")`,
  }),
  n => ({
    cel: `data.headline.contains("${WORDS[n % 10]}") || "tag${n}" in data.tags`,
    javascript: `data.headline.includes("${WORDS[n % 10]}") || data.tags.includes("tag${n}")`,
  }),
  n => ({
    cel: `data.status == "published" && before.status != "published" && data.words < ${n}`,
    javascript: `data.status === "published" && before.status !== "published" && data.words < ${n}`,
  }),
  n => ({
    cel: `at - timestamp(data.published_at) < duration("${n}s")`,
    javascript: `at - Date.parse(data.published_at) < ${n * 1000}`,
  }),
  n => ({
    cel: `has(data.note) && data.note.startsWith("note ${n}")`,
    javascript: `data.note !== undefined && data.note.startsWith("note ${n}")`,
  }),
  n => ({
    cel: `size(data.tags) > ${n % 5} && !(data.section in ["${SECTIONS[n % 6]}", "x${n}"])`,
    javascript: `data.tags.length > ${n % 5} && !["${SECTIONS[n % 6]}", "x${n}"].includes(data.section)`,
  }),
]

export const conditions: readonly Written[] = Array.from({ length: 10_000 }, (_, n) => {
  const kind = KINDS[n % KINDS.length]
  if (kind === undefined) throw new Error('there are kinds')
  return kind(n)
})

const before = {
  id: 'art_1',
  headline: 'Storm over the budget: a record 4 that nobody wanted, and a goal in the last minute',
  section: 'politics',
  status: 'draft',
  score: 12.5,
  words: 840,
  author: { id: 'usr_703', name: 'Zoë' },
  tags: ['tag5', 'tag115', 'budget', 'storm'],
  published_at: '2026-11-23T07:30:00Z',
}

/** What all of them are asked about. */
export const event = {
  type: 'article.updated',
  at: '2026-11-23T08:00:00.000Z',
  data: { ...before, status: 'published', score: 57.25 },
  before,
}

/** Asks of each condition whether it is met, again and again. */
export function evaluateConditions<C>(all: readonly C[], isMet: (condition: C) => boolean): void {
  const pass = (): number => {
    let count = 0
    for (const one of all) if (isMet(one)) count++
    return count
  }
  const until = (ms: number): number => {
    const end = performance.now() + ms
    let passes = 0
    for (; performance.now() < end; passes++) pass()
    return passes
  }
  until(2000)
  const startedAt = performance.now()
  const passes = until(Number(process.env['SECONDS']) * 1000)
  const perSecond = (passes * all.length * 1000) / (performance.now() - startedAt)
  console.log(`DONE ${JSON.stringify({ perSecond, met: pass() })}`)
}
