import { type NumberShape, patternOf, type StringShape } from '../contract/index.ts'
import { formatNames, stringFormats } from './string-formats.ts'

/** One thing that a value must be, as JavaScript and in words. */
export interface Test {
  /** An expression over the value's name; true where the value is right. */
  readonly code: string
  readonly expected: string
}

/** Gives a name in the generated code to a value that source text cannot carry. */
export type Bind = (value: unknown) => string

/** In the order in which they must run: a later test relies on the earlier ones. */
export function numberTests(shape: NumberShape, value: string, bind: Bind): Test[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = shape
  const noun = shape.integer ? 'an integer' : 'a number'
  const tests: Test[] = [
    shape.integer
      ? { code: `Number.isInteger(${value})`, expected: noun }
      : // Infinity − Infinity and NaN − NaN are NaN.
        { code: `typeof ${value} === 'number' && ${value} - ${value} === 0`, expected: noun },
  ]
  const compare = (operator: string, limit: number | undefined, words: string) => {
    if (limit !== undefined)
      tests.push({ code: `${value} ${operator} ${limit}`, expected: `${noun} ${words} ${limit}` })
  }
  compare('>=', minimum, 'of at least')
  compare('<=', maximum, 'of at most')
  compare('>', exclusiveMinimum, 'above')
  compare('<', exclusiveMaximum, 'below')
  if (multipleOf !== undefined) {
    tests.push({
      code: `${bind(isMultiple)}(${value}, ${multipleOf})`,
      expected: `a multiple of ${multipleOf}`,
    })
  }
  return tests
}

/** In the order in which they must run: a later test relies on the earlier ones. */
export function stringTests(shape: StringShape, value: string, bind: Bind): Test[] {
  const { minLength = 0, maxLength, patterns, format = '' } = shape
  const tests: Test[] = [
    { code: `typeof ${value} === 'string'`, expected: formatNames.get(format) ?? 'a string' },
  ]
  // A code point is one or two of JavaScript's characters: most lengths need no counting.
  if (minLength === 1) tests.push({ code: `${value} !== ''`, expected: 'a string that is not empty' })
  if (minLength > 1) {
    const code = `(${value}.length >= ${minLength * 2} || ${bind(codePoints)}(${value}) >= ${minLength})`
    tests.push({ code, expected: `a string of at least ${minLength} characters` })
  }
  if (maxLength !== undefined) {
    const code = `(${value}.length <= ${maxLength} || ${bind(codePoints)}(${value}) <= ${maxLength})`
    tests.push({
      code,
      expected: `a string of at most ${maxLength} ${maxLength === 1 ? 'character' : 'characters'}`,
    })
  }
  for (const source of patterns) {
    const expected = formatNames.get(format) ?? `a string that matches ${source}`
    tests.push({ code: `${bind(patternOf(source))}.test(${value})`, expected })
  }
  const known = stringFormats.get(format)
  if (known !== undefined) {
    tests.push({ code: `${bind(known)}(${value})`, expected: formatNames.get(format) ?? format })
  }
  return tests
}

/** In Unicode code points (JSON Schema Validation §6.3). */
function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** 0.3 is a multiple of 0.1, though not of the doubles that stand for them. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of
  return Math.abs(times - Math.round(times)) <= Number.EPSILON * Math.max(1, Math.abs(times))
}
