import { type Part, type Reading, refuse } from '../schema-part.ts'
import { patternOf } from '../shape.ts'
import { type Slowness, slownessOf } from './slow.ts'

/** The patterns that a text must match to satisfy every part. Those that a hostile text could keep busy are refused. */
export function patterns(parts: readonly Part[], reading: Reading): string[] {
  const sources = new Set<string>()
  // zod says endsWith('z') as the pattern .*z$ of a named format, and looks at the end of the text itself.
  const named = parts.some(part => part.schema['format'] !== undefined)
  for (const part of parts) {
    const { pattern: source } = part.schema
    if (source === undefined) continue
    const pattern = compile(source)
    if (typeof source !== 'string' || pattern === undefined) {
      throw refuse(
        part,
        reading,
        `has a pattern that is no regular expression: ${JSON.stringify(source)}`,
        'Correct the pattern',
      )
    }
    const slowness = judge(named ? pattern : new RegExp(source, pattern.flags))
    if (slowness !== 'linear') throw refuse(part, reading, `has ${WRONG[slowness]}: /${source}/`, MEND)
    sources.add(source)
  }
  return [...sources]
}

function compile(source: unknown): RegExp | undefined {
  try {
    return typeof source === 'string' ? patternOf(source) : undefined
  } catch {
    return undefined
  }
}

/** The schema's own library matches in one go, and a text may be as long as a body. */
const WRONG = {
  exponential: 'a pattern that keeps the process busy for exponential time with a hostile text',
  polynomial: 'a pattern that keeps the process busy for quadratic time or more with a hostile text',
  unknown: 'a pattern of which nobody can tell how long it keeps the process busy with a hostile text',
} as const

const MEND =
  'Begin it with ^, let nothing repeated stand in or beside something repeated that takes the same characters'

/** Libraries repeat their patterns in every schema. */
const judged = new Map<string, Slowness | 'linear'>()

function judge(pattern: RegExp): Slowness | 'linear' {
  const known = judged.get(String(pattern))
  if (known !== undefined) return known
  const slowness = slownessOf(pattern) ?? 'linear'
  judged.set(String(pattern), slowness)
  return slowness
}
