import { type Frame, spend } from './frame.ts'
import type { Span } from './text.ts'

// Values are JSON's; a timestamp is a number of milliseconds since 1970, a duration a number of milliseconds. What a
// value is supposed to be is checked when it is used all the same: an old event may not fit today's schema.

export interface JsonObject {
  readonly [name: string]: unknown
}

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Text that is compared or searched costs a step for so many UTF-16 units. */
const UNITS_A_STEP = 64
export const stepsFor = (units: number): number => 1 + units / UNITS_A_STEP

/**
 * Below 0, 0 or above, NaN where one is NaN, undefined where they have no order. Strings go by code point, as CEL has
 * it; JavaScript goes by UTF-16 unit.
 */
export function order(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return orderText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a !== 'number' || typeof b !== 'number') return undefined
  return a === b ? 0 : a - b
}

function orderText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for code points above all others.
    return Number(isSurrogate(x)) - Number(isSurrogate(y)) || Math.sign(x - y)
  }
  return Math.sign(a.length - b.length)
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

/** Whether two values are the same, undefined where that is too much work. Values of two kinds never are. */
export function equal(a: unknown, b: unknown, frame: Frame, span: Span): boolean | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length !== b.length) return false
    return spend(frame, stepsFor(a.length), span) ? a === b : undefined
  }
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isList(a) || isList(b)) return isList(a) && isList(b) && equalLists(a, b, frame, span)
  const [x, y] = [a as JsonObject, b as JsonObject]
  const names = namesIn(x, frame, span)
  const others = namesIn(y, frame, span)
  if (names === undefined || others === undefined) return undefined
  if (names.length !== others.length) return false
  for (const name of names) {
    const same = Object.hasOwn(y, name) ? equal(x[name], y[name], frame, span) : false
    if (same !== true) return same
  }
  return true
}

function equalLists(
  a: readonly unknown[],
  b: readonly unknown[],
  frame: Frame,
  span: Span,
): boolean | undefined {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (!spend(frame, 1, span)) return undefined
    const same = equal(a[i], b[i], frame, span)
    if (same !== true) return same
  }
  return true
}

/** A wide object is a table, out of which an engine makes the list of its names anew each time. */
const STEPS_A_NAME = 20

/** Undefined where that is too much work. */
export function namesIn(object: JsonObject, frame: Frame, span: Span): readonly string[] | undefined {
  const names = Object.keys(object)
  return spend(frame, names.length * STEPS_A_NAME, span) ? names : undefined
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (isList(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
