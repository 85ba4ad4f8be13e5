import { isRefusedName } from '../../http/index.ts'
import { type BodyProblem, decodeUtf8, positionOf } from '../utf8.ts'
import { findFault } from './fault.ts'
import { type BodyLimits, MAX_DEPTH, MAX_VALUES, tooMany } from './limits.ts'

export type { BodyProblem } from '../utf8.ts'

export type JsonReading = { readonly value: unknown } | { readonly problem: BodyProblem }

/**
 * Reads a request body as JSON (RFC 8259), strictly: UTF-8, at most `depth` arrays and objects in each other and
 * `values` in all, no name twice in an object, none of `__proto__`, `constructor` and `prototype`, no lone surrogates and no
 * number beyond a double. A byte order mark is passed over (§8.1).
 *
 * The common, faultless body is scanned once and walked once around JSON.parse; only a faulty one is read again, slowly,
 * to say where the fault is.
 */
export function readJson(
  bytes: Uint8Array,
  { depth = MAX_DEPTH, values = MAX_VALUES }: BodyLimits = {},
): JsonReading {
  const text = decodeUtf8(bytes)
  if (typeof text !== 'string') return { problem: text }
  const { members, excess } = count(text, depth, values)
  if (excess !== undefined) {
    return { problem: { detail: tooMany(values), position: positionOf(text, excess), tooLarge: true } }
  }
  if (members >= 0) {
    try {
      const value: unknown = JSON.parse(text)
      // JSON.parse keeps the last of two members of one name, so that one is missing in what it makes.
      if (countOwnMembers(value) === members && !SURROGATE_ESCAPE.test(text)) return { value }
    } catch {
      // Told below, without V8's message, which repeats the body.
    }
  }
  const fault = findFault(text, depth)
  if (fault === undefined) return { value: JSON.parse(text) }
  return { problem: { detail: fault.detail, position: positionOf(text, fault.at) } }
}

/** Whether a pair is whole is looked up by the slow reader: few bodies escape what UTF-8 can carry. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c

interface Count {
  /** In all objects; −1 where they are nested too deep. */
  readonly members: number
  /** Where there is a value too many. */
  readonly excess?: number
}

/**
 * Counts what a JSON text has. Of a text that is not JSON it says nothing useful, and never takes more than one pass.
 */
function count(text: string, maxDepth: number, maxValues: number): Count {
  let members = 0
  let depth = 0
  // Each but the first of an array or object follows a comma, and the first a bracket.
  let values = 1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      i = endOfString(text, i)
    } else if (code === COLON) {
      members++
    } else if (code === COMMA) {
      if (++values > maxValues) return { members, excess: i }
    } else if ((code | 0x20) === 0x7b) {
      // '[' and '{' differ in one bit, as do ']' and '}'.
      if (++depth > maxDepth) return { members: -1 }
      if (++values > maxValues) return { members, excess: i }
    } else if ((code | 0x20) === 0x7d) {
      depth--
    }
  }
  return { members }
}

/** The index of the quote that ends the string which begins at `start`; the text's length where none does. */
function endOfString(text: string, start: number): number {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    if (end === -1) return text.length
    let before = end - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    // A quote after an odd number of backslashes is escaped.
    if ((end - before) % 2 === 1) return end
  }
}

/** The number of members in all objects of a value; −1 where a name is refused or a number is infinite. */
function countOwnMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null)
    return Number.isFinite(value) || typeof value !== 'number' ? 0 : -1
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) {
      const inside = countOwnMembers(item)
      if (inside < 0) return -1
      members += inside
    }
    return members
  }
  for (const name in value) {
    if (isRefusedName(name)) return -1
    const inside = countOwnMembers((value as { readonly [name: string]: unknown })[name])
    if (inside < 0) return -1
    members += inside + 1
  }
  return members
}
