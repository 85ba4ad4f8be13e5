import type { LiteralShape, RefShape, Shape, StringShape } from '../../contract/index.ts'
import { numberTests, stringTests, type Test } from '../scalar-tests.ts'
import { plainFormats } from '../string-formats.ts'
import { array, object } from './containers.ts'
import { oneOf } from './kinds.ts'
import type { Body, Spot } from './program.ts'
import { escapeJson } from './quote.ts'
import { writeAny } from './runtime.ts'
import { union } from './union.ts'

/** Writes the statements that check a value and write its JSON. */
export function statements(shape: Shape, spot: Spot, body: Body): void {
  const { value } = spot
  const { bind } = body.program
  switch (shape.kind) {
    case 'null':
      scalar([{ code: `${value} === null`, expected: 'null' }], spot, body)
      break
    case 'boolean':
      scalar([{ code: `typeof ${value} === 'boolean'`, expected: 'true or false' }], spot, body)
      break
    case 'number':
      scalar(numberTests(shape, value, bind), spot, body)
      break
    case 'string':
      string(shape, spot, body)
      break
    case 'literal':
      literal(shape, spot, body)
      break
    case 'any':
      any(spot, body)
      break
    case 'ref':
      reference(shape, spot, body)
      break
    case 'array':
      array(shape, spot, body, statements)
      break
    case 'object':
      object(shape, spot, body, statements)
      break
    case 'union':
      union(shape, spot, body, statements)
      break
  }
}

/** A value whose JSON is what JavaScript makes of it. */
function scalar(tests: readonly Test[], spot: Spot, body: Body): void {
  must(tests, spot, body)
  body.value(spot.value)
}

function string(shape: StringShape, spot: Spot, body: Body): void {
  const { value } = spot
  const { bind } = body.program
  must(stringTests(shape, value, bind), spot, body)
  body.text('"')
  body.value(plainFormats.has(shape.format ?? '') ? value : `${bind(escapeJson)}(${value})`)
  body.text('"')
}

export function must(tests: readonly Test[], spot: Spot, body: Body): void {
  for (const test of tests) body.must(spot, test.code, test.expected)
}

function any({ value, pointer, depth }: Spot, body: Body): void {
  // What it holds is looked at when it is written.
  if (body.purpose === 'fits') body.line(`if (${value} === undefined) return false`)
  const { bind, place } = body.program
  body.value(`${bind(writeAny)}(${value}, ${JSON.stringify(place)}, ${pointer}, d + ${depth})`)
}

function literal({ values }: LiteralShape, spot: Spot, body: Body): void {
  body.value(listed(new Map(values.map(value => [value, JSON.stringify(value)])), spot, body))
}

/** More values than this are looked up, not compared one by one. */
const FEW = 8

/** Names the text of a listed value. */
export function listed(
  texts: ReadonlyMap<LiteralShape['values'][number], string>,
  spot: Spot,
  body: Body,
): string {
  const { bind, fresh } = body.program
  const name = fresh('t')
  const compared = [...texts].map(
    ([value, text]) => `${spot.value} === ${JSON.stringify(value)} ? ${JSON.stringify(text)}`,
  )
  const found =
    texts.size > FEW ? `${bind(texts)}.get(${spot.value})` : [...compared, 'undefined'].join(' : ')
  body.line(`const ${name} = ${found}`)
  body.must(spot, `${name} !== undefined`, oneOf([...texts.keys()]))
  return name
}

function reference(shape: RefShape, { value, pointer, depth }: Spot, body: Body): void {
  const { wire, functionFor } = body.program
  const named = wire.definitions.get(shape.name)
  if (named === undefined) throw new Error(`no definition '${shape.name}'`)
  const call = `${functionFor(body.purpose, named)}(${value}, ${pointer}, d + ${depth})`
  if (body.purpose === 'fits') body.line(`if (!${call}) return false`)
  body.value(call)
}
