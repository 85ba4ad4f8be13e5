import type { ASTNode, ParseError } from '@marcbachmann/cel-js'
import { later, load } from '../../base/index.ts'
import type { Found } from './code.ts'

/** In UTF-16 units. */
const MAX_SOURCE = 2000
const MAX_PARTS = 1000

const cel = later(() => load('@marcbachmann/cel-js') as typeof import('@marcbachmann/cel-js'))

const grammar = later(() => new (cel().Environment)({ limits: { maxAstNodes: MAX_PARTS, maxDepth: 32 } }))

/** The tree of a condition, or where it stops being CEL. */
export function parseCondition(source: string): ASTNode | Found {
  if (source.length > MAX_SOURCE)
    return {
      at: MAX_SOURCE,
      message: `a condition has ${MAX_SOURCE.toLocaleString('en')} characters at most, and this one ${source.length.toLocaleString('en')}`,
    }
  if (source.trim() === '') return { at: 0, message: 'the condition is empty. An example: data.score > 10' }
  try {
    return grammar().parse(source).ast
  } catch (error) {
    if (error instanceof cel().ParseError) return foundIn(source, error)
    throw error
  }
}

function foundIn(source: string, { code, range, summary }: ParseError): Found {
  const { start: at, end } = range ?? { start: 0, end: 0 }
  if (code === 'limit_exceeded')
    return { at, message: `a condition is nested 32 deep and has ${MAX_PARTS} parts at most: ${summary}` }
  if (code === 'unexpected_character' || code === 'unexpected_token' || code === 'expected_token')
    return { at, message: unexpected(source.slice(at, Math.max(end, at + 1))) }
  return { at, message: summary.replace(/^./, first => first.toLowerCase()) }
}

/** What other languages write, and what CEL does. */
const MEANT: { readonly [text: string]: string } = {
  and: '&&',
  AND: '&&',
  '&': '&&',
  or: '||',
  OR: '||',
  '|': '||',
  not: '!',
  NOT: '!',
  '=': '==',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
}

function unexpected(text: string): string {
  if (text === '') return 'something is missing: the condition ends too early'
  const meant = MEANT[text]
  return `'${text}' does not belong here${meant === undefined ? '' : `. Write ${meant}`}`
}
