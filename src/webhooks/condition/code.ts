import type { Run } from './frame.ts'
import { type Span, shortText } from './text.ts'
import { describe, describeKind, type Type } from './types.ts'

/** A part of a condition, checked and ready to run. */
export interface Code {
  readonly span: Span
  readonly type: Type
  readonly run: Run
  readonly parts: readonly Code[]
  /**
   * What messages must know of it: a connective of truths, a path into the event, whose value is worth showing, the
   * variable of a macro, which has no value outside of it, a list of its own, or a fault.
   */
  readonly role?: 'and' | 'or' | 'not' | 'if' | 'path' | 'local' | 'list' | 'wrong'
  /** Its value, where that is known beforehand. */
  readonly constant?: { readonly value: unknown }
}

/** A fault and where it is, as an offset into the source. */
export interface Found {
  readonly at: number
  readonly message: string
}

/** `data.score is a number, "10" is a string`. */
export const kindsOf = (parts: readonly Code[]): string =>
  parts
    .map(
      ({ span, type, constant }) =>
        `${shortText(span)} is ${constant === undefined ? describe(type) : describeKind(type)}`,
    )
    .join(', ')

/** How many parts it has, itself included: what evaluating it once may cost. */
export const weightOf = (code: Code): number => code.parts.reduce((sum, part) => sum + weightOf(part), 1)

/** Whether it has another value for each item of a list. */
export const isLocal = (code: Code): boolean => code.role === 'local' || code.parts.some(isLocal)
