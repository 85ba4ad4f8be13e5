import type { ASTNode } from '@marcbachmann/cel-js'
import { type Code, kindsOf } from './code.ts'
import { fail, type Run } from './frame.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import { BOOL, may, singles, union } from './types.ts'
import { kindOf } from './values.ts'

/**
 * `a && b && c`, `a || b || c`. One part that decides is enough: others may fail, whichever comes first (CEL
 * specification, "Logical operators").
 */
export function connective(node: ASTNode, op: '&&' | '||', parts: readonly Code[], scope: Scope): Code {
  const checked = parts.map(part => truth(node, part, scope))
  const decides = op === '||'
  const run = checked.map(part => part.run).reduce((first, second) => either(first, second, decides))
  return { span: spanOf(node), type: BOOL, run, parts: checked, role: decides ? 'or' : 'and' }
}

const either =
  (first: Run, second: Run, decides: boolean): Run =>
  frame => {
    const x = first(frame)
    if (x === decides) return decides
    const y = second(frame)
    if (y === decides) return decides
    return x === !decides && y === !decides ? !decides : undefined
  }

/** A part that must be true or false. */
export function truth(node: ASTNode, part: Code, scope: Scope): Code {
  if (may(part.type, 'bool'))
    return singles(part.type).every(one => one.kind === 'bool') ? part : guarded(part)
  const message = `${kindsOf([part])}, where true or false is needed`
  return wrong(scope, node, message, [part], part.span.start)
}

/** What may turn out to be something else has no value then. */
function guarded(part: Code): Code {
  const { run, span } = part
  return {
    ...part,
    run: frame => {
      const value = run(frame)
      if (typeof value === 'boolean' || value === undefined) return value
      return fail(frame, span, text => `${text} is ${kindOf(value)}, where true or false is needed`)
    },
  }
}

export function not(node: ASTNode, asked: Code, scope: Scope): Code {
  const part = truth(node, asked, scope)
  return { span: spanOf(node), type: BOOL, run: opposite(part.run), parts: [part], role: 'not' }
}

const opposite =
  (run: Run): Run =>
  frame => {
    const value = run(frame)
    return typeof value === 'boolean' ? !value : undefined
  }

/** `condition ? then : otherwise`. */
export function conditional(node: ASTNode, asked: readonly [Code, Code, Code], scope: Scope): Code {
  const [, then, otherwise] = asked
  const test = truth(node, asked[0], scope)
  const parts = [test, then, otherwise]
  if (mixesTimes([then, otherwise])) return wrong(scope, node, mixed([then, otherwise]), parts)
  const run = choice(test.run, then.run, otherwise.run)
  return { span: spanOf(node), type: union([then.type, otherwise.type]), run, parts, role: 'if' }
}

const choice =
  (test: Run, then: Run, otherwise: Run): Run =>
  frame => {
    const value = test(frame)
    if (typeof value !== 'boolean') return undefined
    return value ? then(frame) : otherwise(frame)
  }

/** Times are numbers while they run, so that only their type tells them from others. */
export const mixesTimes = (parts: readonly Code[]): boolean => {
  const kinds = new Set(parts.flatMap(part => singles(part.type)).map(one => one.kind))
  return kinds.size > 1 && (kinds.has('timestamp') || kinds.has('duration'))
}

export const mixed = (parts: readonly Code[]): string => `these must be of one type: ${kindsOf(parts)}`
