import { AnswerMismatch } from '../answer-mismatch.ts'
import { MAX_DEPTH } from './limits.ts'
import { escapeJson } from './quote.ts'

/** Any JSON value. Unlike JSON.stringify it drops nothing silently but members that are undefined. */
export function writeAny(value: unknown, place: string, pointer: string, depth: number): string {
  if (typeof value === 'string') return `"${escapeJson(value)}"`
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
    return `${value}`
  }
  if (typeof value !== 'object' || value instanceof Date)
    throw new AnswerMismatch(place, pointer, 'a JSON value', value)
  if (depth >= MAX_DEPTH) {
    throw new AnswerMismatch(place, pointer, `at most ${MAX_DEPTH} levels of arrays and objects`, value)
  }
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => writeAny(item, place, `${pointer}/${i}`, depth + 1)).join(',')}]`
  }
  const members: string[] = []
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    members.push(`"${escapeJson(name)}":${writeAny(member, place, `${pointer}/${pointed(name)}`, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

/** A name as it stands in a JSON pointer (RFC 6901 §3). */
export const pointed = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** Whether no two items are equal (JSON Schema Validation §6.4.3): objects in any order of their members. */
export function unique(items: readonly unknown[]): boolean {
  const scalars = items.every(item => typeof item !== 'object' || item === null)
  return new Set(scalars ? items : items.map(item => canonical(item))).size === items.length
}

/** A circle or an overlong chain would stop the process: below the bound everything counts as equal. */
function canonical(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`
  if (depth > MAX_DEPTH) return ''
  if (Array.isArray(value)) return `[${value.map(item => JSON.stringify(canonical(item, depth + 1))).join()}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members
    .map(([name, member]) => JSON.stringify([name, canonical(member, depth + 1)]))
    .toSorted()
  return `{${sorted.join()}}`
}
