import { resolve, type Shape, type Wire } from '../contract/index.ts'
import { AnswerMismatch } from './answer-mismatch.ts'
import { membersOf } from './json/kinds.ts'
import { compileJsonWriter } from './json/write.ts'

/** Turns a text into a value of a shape. Undefined where it spells none. */
export type Spelling = (text: string) => string | number | boolean | undefined

/** A number as JSON spells it (RFC 8259 §6). */
export const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/**
 * How texts spell the values of a shape, but null, which no text spells. Of a union it is the first member that the
 * value fits, else the first that the text spells. Undefined where the shape has values that no single text spells.
 */
export function spellingOf(shape: Shape, wire: Wire, place: string): Spelling | undefined {
  const members = membersOf(shape, wire)
    .map(member => resolve(member, wire))
    .filter(member => member.kind !== 'null')
  const spellings = members.map(spellingOfOne).filter(spelling => spelling !== undefined)
  const [first] = spellings
  if (spellings.length < members.length || spellings.length < 2) {
    return spellings.length < members.length ? undefined : first
  }
  const checks = members.map(member => checkOf(member, wire, place))
  return text => {
    const values = spellings.map(spelling => spelling(text))
    const fits = values.find((value, i) => value !== undefined && checks[i]?.(value) === undefined)
    return fits ?? values.find(value => value !== undefined)
  }
}

function spellingOfOne(shape: Shape): Spelling | undefined {
  switch (shape.kind) {
    case 'string':
      return text => text
    case 'boolean':
      return text => (text === 'true' ? true : text === 'false' ? false : undefined)
    case 'number':
      return text => {
        const value = NUMBER.test(text) ? Number(text) : Number.NaN
        // Beyond 2^53 a double is not the integer that was spelled.
        return Number.isFinite(value) && (!shape.integer || Number.isSafeInteger(value)) ? value : undefined
      }
    case 'literal': {
      const values = new Map(shape.values.flatMap(value => (value === null ? [] : [[String(value), value]])))
      return text => values.get(text)
    }
    default:
      return undefined
  }
}

/** Says what a value must be, where it is not; undefined where it is right. */
export function checkOf(shape: Shape, wire: Wire, place: string): (value: unknown) => string | undefined {
  const write = compileJsonWriter({ ...wire, shape }, place)
  return value => {
    try {
      write(value)
      return undefined
    } catch (error) {
      if (error instanceof AnswerMismatch) return error.expected
      throw error
    }
  }
}
