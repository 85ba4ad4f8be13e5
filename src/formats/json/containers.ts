import type { ArrayShape, ObjectShape, Shape } from '../../contract/index.ts'
import type { Body, Spot, Statements } from './program.ts'
import { escapeJson } from './quote.ts'
import { pointed, unique } from './runtime.ts'

export function array(shape: ArrayShape, spot: Spot, body: Body, statements: Statements): void {
  const { value } = spot
  const { bind, fresh } = body.program
  const { prefix, items, minItems = 0, maxItems } = shape
  body.must(spot, `Array.isArray(${value})`, 'an array')
  const most = items === undefined ? Math.min(prefix.length, maxItems ?? prefix.length) : maxItems
  bounds(spot, body, `${value}.length`, 'item', minItems, most)
  if (shape.uniqueItems) body.must(spot, `${bind(unique)}(${value})`, 'an array without equal items')
  const item = (of: Shape, index: string) => {
    const name = fresh('x')
    body.line(`const ${name} = ${value}[${index}]`)
    statements(of, { value: name, pointer: `${spot.pointer} + '/' + ${index}`, depth: spot.depth + 1 }, body)
  }
  body.json('[')
  prefix.forEach((of, i) => {
    body.block(`if (${value}.length > ${i})`, () => {
      if (i > 0) body.json(',')
      item(of, String(i))
    })
  })
  if (items !== undefined) {
    const i = fresh('i')
    body.block(`for (let ${i} = ${prefix.length}; ${i} < ${value}.length; ${i}++)`, () => {
      body.comma(`${i} === 0`)
      item(items, i)
    })
  }
  body.json(']')
}

export function object(shape: ObjectShape, spot: Spot, body: Body, statements: Statements): void {
  const { value } = spot
  const { fresh } = body.program
  const { fields, rest, minProperties = 0, maxProperties } = shape
  const count = fresh('n')
  body.must(
    spot,
    `typeof ${value} === 'object' && ${value} !== null && !Array.isArray(${value})`,
    'an object',
  )
  // A Date has no members of its own: it would pass for an empty object.
  if (!fields.some(field => field.required)) body.must(spot, `!(${value} instanceof Date)`, 'an object')
  // Once a required member is written, a comma is due; until then only the running program knows.
  let begun = false
  const bounded = minProperties > 0 || maxProperties !== undefined
  const counts = bounded || rest !== undefined || !fields[0]?.required
  if (counts) body.line(`let ${count} = 0`)
  body.json('{')
  fields.forEach((field, i) => {
    const name = fresh('x')
    body.line(`const ${name} = ${access(value, field.name)}`)
    const inside = {
      value: name,
      pointer: `${spot.pointer} + ${JSON.stringify(`/${pointed(field.name)}`)}`,
      depth: spot.depth + 1,
    }
    const member = () => {
      if (begun) body.json(',')
      else if (i > 0) body.comma(`${count} === 0`)
      body.json(`${JSON.stringify(field.name)}:`)
      statements(field.shape, inside, body)
      if (!begun) body.flush()
      if (counts) body.line(`${count}++`)
    }
    if (field.required) member()
    else body.block(`if (${name} !== undefined)`, member)
    begun ||= field.required
  })
  if (rest !== undefined) others(shape, rest, spot, count, body, statements)
  body.json('}')
  bounds(spot, body, count, 'member', minProperties, maxProperties)
}

/** Members that no field names. */
function others(
  shape: ObjectShape,
  rest: Shape,
  spot: Spot,
  count: string,
  body: Body,
  statements: Statements,
): void {
  const { value } = spot
  const { bind, fresh, functionFor } = body.program
  const key = fresh('m')
  const name = fresh('x')
  const pointer = `${spot.pointer} + '/' + ${bind(pointed)}(${key})`
  body.block(`for (const ${key} of Object.keys(${value}))`, () => {
    if (shape.fields.length > 0) {
      body.line(`if (${bind(new Set(shape.fields.map(field => field.name)))}.has(${key})) continue`)
    }
    body.line(`const ${name} = ${value}[${key}]`)
    body.line(`if (${name} === undefined) continue`)
    if (shape.names !== undefined) {
      const fits = `${functionFor('fits', shape.names)}(${key}, '', 0)`
      body.must({ ...spot, value: key, pointer }, fits, 'a member name that its schema allows')
    }
    body.comma(`${count} === 0`)
    body.json('"')
    body.value(`${bind(escapeJson)}(${key})`)
    body.json('":')
    statements(rest, { value: name, pointer, depth: spot.depth + 1 }, body)
    body.flush()
    body.line(`${count}++`)
  })
}

function bounds(
  spot: Spot,
  body: Body,
  size: string,
  noun: string,
  least: number,
  most: number | undefined,
): void {
  if (least > 0) body.must(spot, `${size} >= ${least}`, `at least ${least} ${noun}${least === 1 ? '' : 's'}`)
  if (most !== undefined)
    body.must(spot, `${size} <= ${most}`, `at most ${most} ${noun}${most === 1 ? '' : 's'}`)
}

/** Reads a member. A name that every object inherits counts only where the object has it itself. */
function access(value: string, name: string): string {
  const member = `${value}[${JSON.stringify(name)}]`
  return name in Object.prototype
    ? `(Object.hasOwn(${value}, ${JSON.stringify(name)}) ? ${member} : undefined)`
    : member
}
