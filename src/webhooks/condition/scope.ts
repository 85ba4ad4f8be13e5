import type { ASTNode } from '@marcbachmann/cel-js'
import type { Code, Found } from './code.ts'
import type { Span } from './text.ts'
import { ANY, type Type } from './types.ts'

/** What is known where a part of a condition stands. */
export interface Scope {
  /** `data` and `before` alike. */
  readonly data: Type
  /** What `type` may be. */
  readonly name: Type
  /** How many macros it is in. */
  readonly depth: number
  readonly locals: ReadonlyMap<string, { readonly slot: number; readonly type: Type }>
  /** Faults are gathered here. */
  readonly faults: Found[]
  /** Checks and prepares a part. */
  readonly elaborate: (node: ASTNode, scope: Scope) => Code
}

/** The parser leaves out parentheses at the ends: `(a + b) * c` starts at `a`. */
export function spanOf({ input, start, end }: ASTNode): Span {
  const { opened, closed } = parentheses(input.slice(start, end))
  let [from, to] = [start, end]
  for (let i = 0; i < closed; i++) from = Math.max(input.lastIndexOf('(', from - 1), 0)
  for (let i = 0; i < opened; i++) to = input.indexOf(')', to) + 1 || input.length
  return { source: input, start: from, end: to }
}

/** How many are opened and never closed, and closed and never opened. Those in strings do not count. */
function parentheses(text: string): { readonly opened: number; readonly closed: number } {
  let [opened, closed] = [0, 0]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()]/gs)) {
    if (token === '(') opened++
    else if (token === ')' && opened > 0) opened--
    else if (token === ')') closed++
  }
  return { opened, closed }
}

/** Notes a fault, unless it follows from one in its parts. */
export function wrong(
  scope: Scope,
  node: ASTNode,
  message: string,
  parts: readonly Code[] = [],
  at: number = node.start,
): Code {
  if (!parts.some(isWrong)) scope.faults.push({ at, message })
  return { span: spanOf(node), type: ANY, run: () => undefined, parts, role: 'wrong' }
}

const isWrong = (code: Code): boolean => code.role === 'wrong' || code.parts.some(isWrong)
