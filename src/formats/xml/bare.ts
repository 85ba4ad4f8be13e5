import type { LiteralShape, Shape } from '../../contract/index.ts'
import { CARRIED } from '../answer-mismatch.ts'
import type { Body, Spot } from '../json/program.ts'
import { listed, must } from '../json/statements.ts'
import { numberTests, stringTests } from '../scalar-tests.ts'
import { plainFormats } from '../string-formats.ts'

/** Undefined where XML cannot carry the text. */
export type Escape = (text: string) => string | undefined

/** Writes the statements that check a scalar and write its text, and nothing for null. */
export function bare(shape: Shape, escaped: Escape, spot: Spot, body: Body): void {
  const { value } = spot
  const { bind, fresh } = body.program
  switch (shape.kind) {
    case 'null':
      must([{ code: `${value} === null`, expected: 'null' }], spot, body)
      break
    case 'boolean':
      must([{ code: `typeof ${value} === 'boolean'`, expected: 'true or false' }], spot, body)
      body.value(value)
      break
    case 'number':
      must(numberTests(shape, value, bind), spot, body)
      body.value(value)
      break
    case 'literal':
      body.value(
        listed(
          textsOf(shape, escaped, text => text),
          spot,
          body,
        ),
      )
      break
    case 'string':
      must(stringTests(shape, value, bind), spot, body)
      if (plainFormats.has(shape.format ?? '')) {
        body.value(value)
      } else {
        const text = fresh('t')
        body.line(`const ${text} = ${bind(escaped)}(${value})`)
        if (body.purpose === 'write') body.must(spot, `${text} !== undefined`, CARRIED)
        body.value(text)
      }
      break
    default:
      throw new Error(`${shape.kind} is no scalar`)
  }
}

/** What stands for each listed value, but for those that XML cannot carry. */
export function textsOf(
  { values }: LiteralShape,
  escaped: Escape,
  around: (text: string, value: Listed) => string,
): Map<Listed, string> {
  const texts = new Map<Listed, string>()
  for (const value of values) {
    const text = value === null ? '' : escaped(String(value))
    if (text !== undefined) texts.set(value, around(text, value))
  }
  return texts
}

type Listed = LiteralShape['values'][number]
