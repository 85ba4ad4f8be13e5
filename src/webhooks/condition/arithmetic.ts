import type { ASTNode } from '@marcbachmann/cel-js'
import { type Code, kindsOf } from './code.ts'
import { type Frame, fail, type Run, spend } from './frame.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import { type Span, shortText } from './text.ts'
import { inRange } from './times.ts'
import {
  ANY,
  DOUBLE,
  DURATION,
  INTEGER,
  isInteger,
  itemOf,
  listOf,
  may,
  STRING,
  TIMESTAMP,
  type Type,
  union,
} from './types.ts'
import { isList, kindOf, stepsFor } from './values.ts'

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'

interface Way {
  readonly type: Type
  readonly of: (a: unknown, b: unknown, frame: Frame, span: Span) => unknown
}

/** `a + b` and its like. A result that is known beforehand is worked out beforehand. */
export function arithmetic(
  node: ASTNode,
  op: ArithmeticOperator,
  left: Code,
  right: Code,
  scope: Scope,
): Code {
  const span = spanOf(node)
  const parts = [left, right]
  const way = wayFor(op, left.type, right.type)
  if (way === undefined) {
    const help = op === '%' && may(left.type, 'number') ? '. % is for integers: write int(…)' : ''
    return wrong(scope, node, `cannot work out ${shortText(span)}: ${kindsOf(parts)}${help}`, parts)
  }
  return { span, type: way.type, run: binary(left.run, right.run, way.of, span), parts }
}

const binary =
  (left: Run, right: Run, of: Way['of'], span: Span): Run =>
  frame => {
    const a = left(frame)
    const b = right(frame)
    return a === undefined || b === undefined ? undefined : of(a, b, frame, span)
  }

function wayFor(op: ArithmeticOperator, a: Type, b: Type): Way | undefined {
  const time = timeWay(op, a, b)
  if (time !== undefined) return time
  const both = (kind: 'number' | 'string' | 'list'): boolean => may(a, kind) && may(b, kind)
  const integer = isInteger(a) && isInteger(b)
  if (op !== '+') {
    if (!both('number') || (op === '%' && !integer)) return undefined
    return { type: integer ? INTEGER : DOUBLE, of: numbers(op, integer) }
  }
  const kinds = (['number', 'string', 'list'] as const).filter(both)
  if (kinds.length === 0) return undefined
  const list = listOf(union([itemOf(a) ?? ANY, itemOf(b) ?? ANY]))
  const types = { number: integer ? INTEGER : DOUBLE, string: STRING, list }
  return { type: union(kinds.map(kind => types[kind])), of: plus(integer) }
}

/** Times have kinds of their own, so what is one is known exactly. */
function timeWay(op: ArithmeticOperator, { kind: a }: Type, { kind: b }: Type): Way | undefined {
  const pair = `${a} ${op} ${b}`
  switch (pair) {
    case 'timestamp - timestamp':
    case 'duration + duration':
    case 'duration - duration':
      return { type: DURATION, of: numbers(op, false) }
    case 'timestamp + duration':
    case 'timestamp - duration':
    case 'duration + timestamp':
      return { type: TIMESTAMP, of: moved(numbers(op, false)) }
    default:
      return undefined
  }
}

const moved =
  (sum: Way['of']): Way['of'] =>
  (a, b, frame, span) => {
    const ms = sum(a, b, frame, span)
    if (ms === undefined || (typeof ms === 'number' && inRange(ms))) return ms
    return fail(frame, span, text => `${text} is outside the years 1 to 9999`)
  }

function plus(integer: boolean): Way['of'] {
  const sum = numbers('+', integer)
  return (a, b, frame, span) => {
    if (typeof a === 'string' && typeof b === 'string')
      return spend(frame, stepsFor((a.length + b.length) * 8), span) ? a + b : undefined
    if (isList(a) && isList(b)) return spend(frame, a.length + b.length, span) ? [...a, ...b] : undefined
    return sum(a, b, frame, span)
  }
}

/** Integers divide as CEL's do, towards zero, and end where JSON's do, at 2^53; doubles never fail (IEEE 754). */
function numbers(op: ArithmeticOperator, integer: boolean): Way['of'] {
  return (a, b, frame, span) => {
    if (typeof a !== 'number' || typeof b !== 'number')
      return fail(frame, span, text => `${text}: there is no ${kindOf(a)} ${op} ${kindOf(b)}`)
    if (integer && b === 0 && (op === '/' || op === '%'))
      return fail(frame, span, text => `${text}: division by zero`)
    const result = apply(op, a, b)
    if (!integer) return result
    const whole = Math.trunc(result)
    // Adding 0 makes 0 of -0, which integers do not have.
    return Number.isSafeInteger(whole) ? whole + 0 : fail(frame, span, text => `${text} is beyond 2^53`)
  }
}

function apply(op: ArithmeticOperator, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
  }
}

/** `-a` */
export function negative(node: ASTNode, part: Code, scope: Scope): Code {
  const span = spanOf(node)
  const { type } = part
  if (!may(type, 'number')) return wrong(scope, node, `cannot negate: ${kindsOf([part])}`, [part])
  const integer = isInteger(type)
  return { span, type: integer ? INTEGER : DOUBLE, run: negated(part.run, integer, span), parts: [part] }
}

const negated =
  (run: Run, integer: boolean, span: Span): Run =>
  frame => {
    const value = run(frame)
    if (typeof value === 'number') return integer ? 0 - value : -value
    return value === undefined
      ? undefined
      : fail(frame, span, text => `${text}: there is no - of ${kindOf(value)}`)
  }
