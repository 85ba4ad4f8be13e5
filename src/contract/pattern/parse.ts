/** A regular expression as far as it matters for the time that it takes. */
export type Node =
  /** One character, of those that the source matches. */
  | { readonly kind: 'one'; readonly source: string }
  | { readonly kind: 'all'; readonly of: readonly Node[] }
  | { readonly kind: 'any'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number }
  /** What is looked at and not taken. */
  | { readonly kind: 'look'; readonly of: Node }
  | { readonly kind: 'start' }
  /** `$`, `\b` and `\B`: a condition that may fail. */
  | { readonly kind: 'condition' }

/** What refers back to a group takes no more than the group itself does. */
export const parsePattern = ({ source, unicode }: RegExp): Node =>
  anyOf({ source, unicode, at: 0, groups: [], names: new Map() })

/** V8 has accepted the source, so that nothing here need be checked. */
interface Reading {
  readonly source: string
  readonly unicode: boolean
  at: number
  /** Those that are numbered, in their order; undefined while they are being read. */
  readonly groups: (Node | undefined)[]
  readonly names: Map<string, number>
}

function anyOf(reading: Reading): Node {
  const of = [allOf(reading)]
  while (reading.source[reading.at] === '|') {
    reading.at++
    of.push(allOf(reading))
  }
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'any', of }
}

function allOf(reading: Reading): Node {
  const of: Node[] = []
  const { source } = reading
  while (reading.at < source.length && source[reading.at] !== '|' && source[reading.at] !== ')') {
    of.push(repeated(atom(reading), reading))
  }
  return { kind: 'all', of }
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y

function repeated(of: Node, reading: Reading): Node {
  const found = take(QUANTIFIER, reading)
  if (found === undefined) return of
  const [text, least, comma, most] = found
  if (least !== undefined) {
    const min = Number(least)
    const max = comma === '' ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most)
    return { kind: 'repeat', of, min, max }
  }
  return {
    kind: 'repeat',
    of,
    min: text.startsWith('+') ? 1 : 0,
    max: text.startsWith('?') ? 1 : Number.POSITIVE_INFINITY,
  }
}

const GROUP = /\((?:\?(?:<(?![=!])([^>]*)>|<?[=!]|[a-z-]*:))?/y
const CLASS = /\[(?:\\.|[^\\\]])*\]/suy
const BACK = /\\(?:([1-9]\d*)|k<([^>]*)>)/y
const ESCAPE = /\\(?:u\{[\da-fA-F]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|0[0-7]*|[\s\S])/uy

function atom(reading: Reading): Node {
  const group = take(GROUP, reading)
  if (group !== undefined) {
    const [opening, name] = group
    const number = opening === '(' || name !== undefined ? reading.groups.push(undefined) : 0
    if (name !== undefined) reading.names.set(name, number)
    const of = anyOf(reading)
    reading.at++ // its ')'
    if (number > 0) reading.groups[number - 1] = of
    return /[=!]$/.test(opening) ? { kind: 'look', of } : of
  }
  const back = take(BACK, reading)
  if (back !== undefined) {
    const number = back[1] ?? reading.names.get(back[2] ?? '') ?? 0
    // Inside the group, and before it, it is empty.
    return reading.groups[Number(number) - 1] ?? { kind: 'all', of: [] }
  }
  const [source = nextCharacter(reading)] = take(CLASS, reading) ?? take(ESCAPE, reading) ?? []
  if (source === '^') return { kind: 'start' }
  if (source === '$' || source === '\\b' || source === '\\B') return { kind: 'condition' }
  return { kind: 'one', source }
}

function nextCharacter(reading: Reading): string {
  const point = reading.unicode
    ? reading.source.codePointAt(reading.at)
    : reading.source.charCodeAt(reading.at)
  const character = String.fromCodePoint(point ?? 0)
  reading.at += character.length
  return character
}

function take(pattern: RegExp, reading: Reading): RegExpExecArray | undefined {
  pattern.lastIndex = reading.at
  const found = pattern.exec(reading.source)
  if (found === null) return undefined
  reading.at += found[0].length
  return found
}
