import type { ASTNode } from '@marcbachmann/cel-js'
import { type Code, kindsOf } from './code.ts'
import { type Frame, fail, type Run, spend } from './frame.ts'
import { noMember } from './paths.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import { type Span, shortText } from './text.ts'
import { BOOL, describe, itemOf, type Kind, may, memberOf, overlap, singles } from './types.ts'
import { equal, isList, isObject, kindOf, order, stepsFor } from './values.ts'

export type OrderOperator = '<' | '<=' | '>' | '>='

const ORDERED: readonly Kind[] = ['number', 'string', 'timestamp', 'duration', 'bool']

/** `a < b`: of two numbers, integer or not, two strings, two times or two truths. */
export function ordering(node: ASTNode, op: OrderOperator, left: Code, right: Code, scope: Scope): Code {
  const kinds = ORDERED.filter(kind => may(left.type, kind) && may(right.type, kind))
  if (kinds.length === 0) return wrong(scope, node, incomparable(left, right), [left, right])
  const span = spanOf(node)
  const numeric = kinds.every(kind => kind === 'number' || kind === 'timestamp' || kind === 'duration')
  const slow = anyOrder(op, span, left.run, right.run)
  return {
    span,
    type: BOOL,
    run: numeric ? numericOrder(op, left.run, right, slow) : slow,
    parts: [left, right],
  }
}

/** The common case. What turns out to be no number goes the slow way, which says so. */
function numericOrder(op: OrderOperator, a: Run, { run: b, constant }: Code, slow: Run): Run {
  const limit = constant?.value
  if (typeof limit === 'number')
    return frame => {
      const x = a(frame)
      if (typeof x === 'number') return holds(op, x, limit)
      return x === undefined ? undefined : slow(frame)
    }
  return frame => {
    const x = a(frame)
    const y = b(frame)
    if (typeof x === 'number' && typeof y === 'number') return holds(op, x, y)
    return x === undefined || y === undefined ? undefined : slow(frame)
  }
}

function anyOrder(op: OrderOperator, span: Span, left: Run, right: Run): Run {
  return frame => {
    const x = left(frame)
    const y = right(frame)
    if (x === undefined || y === undefined) return undefined
    const areTexts = typeof x === 'string' && typeof y === 'string'
    if (areTexts && !spend(frame, Math.min(x.length, y.length), span)) return undefined
    const sign = order(x, y)
    if (sign !== undefined) return holds(op, sign, 0)
    return fail(frame, span, text => `${text}: ${kindOf(x)} and ${kindOf(y)} have no order`)
  }
}

function holds(op: OrderOperator, x: number, y: number): boolean {
  switch (op) {
    case '<':
      return x < y
    case '<=':
      return x <= y
    case '>':
      return x > y
    case '>=':
      return x >= y
  }
}

/** `cannot compare: data.score is a number, "10" is a string`, and what would help. */
const incomparable = (left: Code, right: Code): string =>
  `cannot compare: ${kindsOf([left, right])}${helpFor(left, right)}`

function helpFor(left: Code, right: Code): string {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (!may(one.type, 'string')) continue
    const text = shortText(one.span)
    if (other.type.kind === 'timestamp' || other.type.kind === 'duration')
      return `. Write ${other.type.kind}(${text})`
    if (may(other.type, 'number') && typeof one.constant?.value === 'string')
      return '. Write numbers without quotes'
  }
  return ''
}

/** `a == b`, `a != b`. That two are of different kinds makes them different; that they can only be is a fault. */
export function equality(node: ASTNode, op: '==' | '!=', left: Code, right: Code, scope: Scope): Code {
  const span = spanOf(node)
  const parts = [left, right]
  const never = neverEqual(left, right)
  if (never !== undefined) return wrong(scope, node, never, parts)
  const wanted = op === '=='
  const fixed = right.constant ?? left.constant
  const other = right.constant === undefined ? right : left
  const run =
    fixed !== undefined && isScalar(fixed.value)
      ? equalsScalar(other.run, fixed.value, wanted)
      : equals(left.run, right.run, span, wanted)
  return { span, type: BOOL, run, parts }
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null

const equalsScalar =
  (run: Run, wanted: unknown, is: boolean): Run =>
  frame => {
    const value = run(frame)
    return value === undefined ? undefined : (value === wanted) === is
  }

const equals =
  (left: Run, right: Run, span: Span, is: boolean): Run =>
  frame => {
    const a = left(frame)
    const b = right(frame)
    if (a === undefined || b === undefined) return undefined
    const same = equal(a, b, frame, span)
    return same === undefined ? undefined : same === is
  }

function neverEqual(left: Code, right: Code): string | undefined {
  if (overlap(left.type, right.type)) return undefined
  const [fixed, other] = right.constant === undefined ? [left, right] : [right, left]
  if (fixed.constant === undefined) return incomparable(left, right)
  const text = shortText(other.span)
  if (fixed.constant.value === null)
    return `${text} is never null: it is ${describe(other.type)}. Whether a field is there says has(…)`
  if (singles(other.type).some(one => 'values' in one && one.kind === fixed.type.kind))
    return `${text} is never ${shortText(fixed.span)}: it is ${describe(other.type)}`
  return incomparable(left, right)
}

/** `a in list`, `"name" in object`. */
export function membership(node: ASTNode, left: Code, right: Code, scope: Scope): Code {
  const span = spanOf(node)
  const parts = [left, right]
  const fault = neverIn(left, right)
  if (fault !== undefined) return wrong(scope, node, fault, parts)
  const scalars = scalarsIn(right)
  const run = scalars === undefined ? isInAny(left.run, right.run, span) : isAmong(left.run, scalars)
  return { span, type: BOOL, run, parts }
}

const isAmong =
  (run: Run, scalars: ReadonlySet<unknown>): Run =>
  frame => {
    const value = run(frame)
    return value === undefined ? undefined : scalars.has(value)
  }

const isInAny =
  (value: Run, among: Run, span: Span): Run =>
  frame =>
    isIn(value(frame), among(frame), frame, span)

/** A list of literals, ready to be looked up. No literal is NaN, and a set takes 0 and -0 for one, as == does. */
function scalarsIn({ constant }: Code): ReadonlySet<unknown> | undefined {
  const items = constant?.value
  return isList(items) && items.every(isScalar) ? new Set(items) : undefined
}

function isIn(value: unknown, among: unknown, frame: Frame, span: Span): boolean | undefined {
  if (value === undefined || among === undefined) return undefined
  if (isObject(among)) return typeof value === 'string' && Object.hasOwn(among, value)
  if (!isList(among)) return fail(frame, span, text => `${text}: ${kindOf(among)} has no items`)
  for (const item of among) {
    if (!spend(frame, stepsFor(0), span)) return undefined
    const same = equal(value, item, frame, span)
    if (same !== false) return same
  }
  return false
}

function neverIn(left: Code, right: Code): string | undefined {
  const item = itemOf(right.type)
  if (item === undefined)
    return `${shortText(right.span)} is ${describe(right.type)}: only lists and objects have items`
  const key = left.constant?.value
  if (right.type.kind === 'object' && typeof key === 'string' && memberOf(right.type, key) === undefined)
    return noMember(right, key)
  const stranger =
    right.role === 'list' ? right.parts.find(part => !overlap(left.type, part.type)) : undefined
  if (stranger !== undefined) return neverEqual(left, stranger)
  if (overlap(left.type, item)) return undefined
  return `${shortText(left.span)} is never in ${shortText(right.span)}: what is in there is ${describe(item)}`
}
