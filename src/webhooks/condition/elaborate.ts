import type { ASTNode } from '@marcbachmann/cel-js'
import { arithmetic, negative } from './arithmetic.ts'
import { call } from './calls.ts'
import type { Code } from './code.ts'
import { equality, membership, ordering } from './comparisons.ts'
import { newFrame, type Run } from './frame.ts'
import { conditional, connective, mixed, mixesTimes, not } from './logic.ts'
import { isMacro, macro } from './macros.ts'
import { has, index, member, name } from './paths.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import { ANY, DOUBLE, listOf, literal, type Type, union } from './types.ts'

/** Checks a part of a condition against what is known of the events, and prepares it to run. */
export function elaborate(node: ASTNode, scope: Scope): Code {
  const before = scope.faults.length
  const code = elaborated(node, scope)
  const isKnown = code.parts.length > 0 && code.parts.every(part => part.constant !== undefined)
  return isKnown && scope.faults.length === before ? folded(node, code, scope) : code
}

/** What needs no event is worked out once, and what fails without one is a fault. */
function folded(node: ASTNode, code: Code, scope: Scope): Code {
  const frame = newFrame({ type: '', at: '', data: undefined, before: undefined }, true)
  const value = code.run(frame)
  if (value === undefined) return wrong(scope, node, frame.reason ?? 'it has no value', code.parts)
  return { ...code, type: exact(code.type, value), run: always(value), constant: { value } }
}

const always =
  (value: unknown): Run =>
  () =>
    value

/** The type of a value that is known: 1.0 stays a double although it is whole, and a time a time. */
function exact(type: Type, value: unknown): Type {
  if (type.kind === 'number' && typeof value === 'number') return { ...type, values: [value] }
  return typeof value === 'string' || typeof value === 'boolean' ? literal(value) : type
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

function elaborated(node: ASTNode, scope: Scope): Code {
  const inner = (part: ASTNode): Code => elaborate(part, scope)
  switch (node.op) {
    case 'value':
      return value(node, node.args, scope)
    case 'id':
      return name(node, node.args, scope)
    case '.':
      return member(node, inner(node.args[0]), node.args[1], scope)
    case '[]':
      return index(node, inner(node.args[0]), inner(node.args[1]), scope)
    case '&&':
    case '||':
      return connective(node, node.op, chained(node, node.op).map(inner), scope)
    case '!_':
      return not(node, inner(node.args), scope)
    case '-_':
      return negative(node, inner(node.args), scope)
    case '?:': {
      const [test, then, otherwise] = node.args
      return conditional(node, [inner(test), inner(then), inner(otherwise)], scope)
    }
    case '==':
    case '!=':
      return equality(node, node.op, inner(node.args[0]), inner(node.args[1]), scope)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordering(node, node.op, inner(node.args[0]), inner(node.args[1]), scope)
    case 'in':
      return membership(node, inner(node.args[0]), inner(node.args[1]), scope)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(node, node.op, inner(node.args[0]), inner(node.args[1]), scope)
    case 'list':
      return list(node, node.args.map(inner), scope)
    case 'call':
      return node.args[0] === 'has'
        ? has(node, node.args[1], scope)
        : call(node, node.args[0], false, node.args[1].map(inner), scope)
    case 'rcall': {
      const [method, receiver, args] = node.args
      if (isMacro(method)) return macro(node, method, inner(receiver), args, scope)
      return call(node, method, true, [receiver, ...args].map(inner), scope)
    }
    case 'map':
    case '.?':
    case '[?]':
      return wrong(scope, node, 'conditions have no maps and no optional values of their own')
  }
}

/** `a && b && c` as one: it decides in one step, and a long one is not deep. */
function chained(node: ASTNode, op: '&&' | '||'): readonly ASTNode[] {
  const parts: ASTNode[] = []
  let at = node
  while (at.op === op) {
    parts.unshift(at.args[1])
    at = at.args[0]
  }
  return [at, ...parts]
}

function value(node: ASTNode, given: unknown, scope: Scope): Code {
  const constant = typeof given === 'bigint' ? Number(given) : given
  if (typeof given === 'bigint' && !Number.isSafeInteger(constant))
    return wrong(scope, node, 'integers go up to 2^53 - 1, as those of JSON do. Write it with a point')
  if (constant !== null && !isScalar(constant))
    return wrong(scope, node, 'conditions have no bytes and no unsigned integers')
  const type = typeof given === 'number' ? exact(DOUBLE, given) : literal(constant)
  return { span: spanOf(node), type, run: always(constant), parts: [], constant: { value: constant } }
}

function list(node: ASTNode, items: readonly Code[], scope: Scope): Code {
  const span = spanOf(node)
  if (items.length === 0)
    return { span, type: listOf(ANY), run: () => [], parts: [], role: 'list', constant: { value: [] } }
  if (mixesTimes(items)) return wrong(scope, node, mixed(items), items)
  const type = listOf(union(items.map(item => item.type)))
  const run = listing(items.map(item => item.run))
  return { span, type, run, parts: items, role: 'list' }
}

const listing =
  (items: readonly Run[]): Run =>
  frame => {
    const values = items.map(item => item(frame))
    return values.includes(undefined) ? undefined : values
  }
