import { automatonOf, type State, TooLarge } from './automaton.ts'
import { parsePattern } from './parse.ts'

/** Why a pattern may take longer than a hostile text is long. */
export type Slowness = 'exponential' | 'polynomial' | 'unknown'

/**
 * How matching may go on for longer than a text is long: where a text can be taken in two ways over and over, V8 tries all
 * of them before it gives up. Undefined where the time is linear.
 *
 * The automaton of the pattern is ambiguous without bound (Weber and Seidl, On the degree of ambiguity of finite automata,
 * 1991): exponentially where one state comes back to itself in two ways by one text, polynomially where by one text a
 * state comes back to itself, goes to a second, and the second comes back to itself. What follows a state from which the
 * match succeeds in any case is never tried twice.
 */
export function slownessOf(pattern: RegExp): Slowness | undefined {
  const node = parsePattern(pattern)
  const bitsOf = alphabetOf(pattern)
  try {
    if (isExponential(automatonOf(node, bitsOf, FEW))) return 'exponential'
    return isPolynomial(automatonOf(node, bitsOf, MANY)) ? 'polynomial' : undefined
  } catch (error) {
    if (error instanceof TooLarge) return 'unknown'
    throw error
  }
}

/** So many turns may multiply each other. */
const FEW = 4
/** So many may add up. */
const MANY = 100
/** About 50 ms. */
const MAX_STEPS = 500_000

/** Characters of each kind that patterns tell apart: ASCII, those of the pattern itself, and some of other scripts. */
function alphabetOf(pattern: RegExp): (source: string) => bigint {
  const flags = pattern.unicode ? 'u' : ''
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  const others = Array.from(
    '\u00a0\u00ad\u00b5\u00df\u00e4\u0131\u0301\u0416\u05d0\u0660\u2028\u20ac\u3042\u6f22\ufeff\uffff',
  )
  const astral = pattern.unicode ? ['\u{1f600}', '\u{1f1e6}', '\u{1d49c}'] : []
  const samples = [...new Set([...ascii, ...others, ...astral, ...Array.from(pattern.source)])]
  const known = new Map<string, bigint>()
  return source => {
    let bits = known.get(source)
    if (bits !== undefined) return bits
    const one = new RegExp(`^(?:${source})$`, flags)
    bits = samples.reduce((sum, sample, i) => (one.test(sample) ? sum | (1n << BigInt(i)) : sum), 0n)
    known.set(source, bits)
    return bits
  }
}

function isExponential(states: readonly State[]): boolean {
  const budget = { steps: 0 }
  return cyclesOf(states).some(cycle => {
    const twice = cycle.some(state => {
      const inside = state.next.filter(next => cycle.includes(next))
      return new Set(inside).size < inside.length
    })
    return twice || hasTwoWays(cycle, budget)
  })
}

/** Whether two ways through a cycle part and meet again by one text. */
function hasTwoWays(cycle: readonly State[], budget: { steps: number }): boolean {
  const index = new Map(cycle.map((state, i) => [state, i]))
  const before = new Map<number, number[]>()
  const seen = new Set(cycle.map((_, i) => i * cycle.length + i))
  const open = [...seen]
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const first = cycle[Math.floor(pair / cycle.length)]
    const second = cycle[pair % cycle.length]
    for (const a of first?.next ?? []) {
      for (const b of second?.next ?? []) {
        if (++budget.steps > MAX_STEPS) throw new TooLarge()
        const [i, j] = [index.get(a), index.get(b)]
        if (i === undefined || j === undefined || (a.takes & b.takes) === 0n) continue
        const to = i * cycle.length + j
        before.set(to, [...(before.get(to) ?? []), pair])
        if (seen.has(to)) continue
        seen.add(to)
        open.push(to)
      }
    }
  }
  // Backwards from where they are together.
  const back = new Set(cycle.map((_, i) => i * cycle.length + i))
  const parted = [...back]
  for (let pair = parted.pop(); pair !== undefined; pair = parted.pop()) {
    for (const from of before.get(pair) ?? []) {
      if (back.has(from)) continue
      back.add(from)
      parted.push(from)
    }
  }
  return back.size > cycle.length
}

function isPolynomial(states: readonly State[]): boolean {
  const cycles = cyclesOf(states)
  const budget = { steps: 0 }
  return cycles.some(first =>
    cycles.some(
      second =>
        first !== second && first.some(p => second.some(q => alsoLeads(p, q, first, second, states, budget))),
    ),
  )
}

/** Whether one text leads from `p` to `p`, from `p` to `q`, and from `q` to `q`. */
function alsoLeads(
  p: State,
  q: State,
  first: readonly State[],
  second: readonly State[],
  states: readonly State[],
  budget: { steps: number },
): boolean {
  const number = new Map(states.map((state, i) => [state, i]))
  const inFirst = new Set(first)
  const inSecond = new Set(second)
  const seen = new Set<number>()
  const open: (readonly [State, State, State])[] = [[p, p, q]]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const a of at[0].next) {
      if (!inFirst.has(a)) continue
      for (const c of at[2].next) {
        const shared = a.takes & c.takes
        if (shared === 0n || !inSecond.has(c)) continue
        for (const b of at[1].next) {
          if (++budget.steps > MAX_STEPS) throw new TooLarge()
          if (b.done || (shared & b.takes) === 0n) continue
          if (a === p && b === q && c === q) return true
          const to =
            ((number.get(a) ?? 0) * states.length + (number.get(b) ?? 0)) * states.length +
            (number.get(c) ?? 0)
          if (seen.has(to)) continue
          seen.add(to)
          open.push([a, b, c])
        }
      }
    }
  }
  return false
}

/** States that lead to each other, in sets: none of those from which the match succeeds. */
function cyclesOf(states: readonly State[]): State[][] {
  if (states[0]?.done === true) return []
  const trying = states.filter(state => !state.done)
  const reached = new Map(trying.map(state => [state, reachedFrom(state)]))
  const cycles: State[][] = []
  for (const state of trying) {
    if (!reached.get(state)?.has(state) || cycles.some(cycle => cycle.includes(state))) continue
    cycles.push(trying.filter(other => reached.get(state)?.has(other) && reached.get(other)?.has(state)))
  }
  return cycles
}

function reachedFrom(state: State): Set<State> {
  const reached = new Set<State>()
  const open = [state]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of at.next) {
      if (next.done || next.takes === 0n || reached.has(next)) continue
      reached.add(next)
      open.push(next)
    }
  }
  return reached
}
