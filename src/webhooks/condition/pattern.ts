import { later, load } from '../../base/index.ts'

const re2js = later(() => load('re2js') as typeof import('re2js'))

/** A regular expression whose matching takes time linear in the text, whatever it is. */
export interface Pattern {
  /** Whether it is found anywhere in the text. */
  readonly found: (text: string) => boolean
  /** How many instructions it has: a character of text costs a step for each at worst. */
  readonly size: number
}

/** A pattern that needs more would cost more than it is worth for every character of every text. */
export const MAX_PATTERN_SIZE = 500

/**
 * What a pattern keeps of the states that texts have led it through. With the 8 MB that it would keep otherwise, a
 * thousand hostile webhooks could fill the memory.
 */
const MAX_STATE_BYTES = 128 * 1024

/** @throws RE2JSException where it is no RE2 pattern. */
export function compilePattern(source: string): Pattern {
  const pattern = re2js().RE2JS.compile(source)
  const { dfa } = pattern.re2()
  dfa.stateBudget = MAX_STATE_BYTES
  dfa.clearCache() // from here on it has this much
  return { found: text => pattern.test(text), size: pattern.programSize() }
}
