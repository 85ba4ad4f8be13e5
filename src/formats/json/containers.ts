import type { ArrayShape, ObjectShape, Shape } from '../../contract/index.ts'
import type { Body, Spot, Statements } from './program.ts'
import { escapeJson } from './quote.ts'
import { pointed, unique } from './runtime.ts'

export function array(shape: ArrayShape, spot: Spot, body: Body, statements: Statements): void {
  const { value } = spot
  const { fresh } = body.program
  const { prefix, items } = shape
  mustBeArray(shape, spot, body)
  const item = (of: Shape, index: string) => statements(of, itemSpot(index, spot, body), body)
  body.text('[')
  prefix.forEach((of, i) => {
    body.block(`if (${value}.length > ${i})`, () => {
      if (i > 0) body.text(',')
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
  body.text(']')
}

export function object(shape: ObjectShape, spot: Spot, body: Body, statements: Statements): void {
  const { fresh } = body.program
  const { fields, rest } = shape
  const count = fresh('n')
  mustBeObject(shape, spot, body)
  // Once a required member is written, a comma is due; until then only the running program knows.
  let begun = false
  const counts = isBounded(shape) || rest !== undefined || !fields[0]?.required
  if (counts) body.line(`let ${count} = 0`)
  body.text('{')
  fields.forEach((field, i) => {
    const inside = fieldSpot(field.name, spot, body)
    const member = () => {
      if (begun) body.text(',')
      else if (i > 0) body.comma(`${count} === 0`)
      body.text(`${JSON.stringify(field.name)}:`)
      statements(field.shape, inside, body)
      if (!begun) body.flush()
      if (counts) body.line(`${count}++`)
    }
    if (field.required) member()
    else body.block(`if (${inside.value} !== undefined)`, member)
    begun ||= field.required
  })
  if (rest !== undefined) others(shape, rest, spot, count, body, statements)
  body.text('}')
  mustHaveMembers(shape, spot, count, body)
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
  eachOther(shape, spot, body, (key, inside) => {
    body.comma(`${count} === 0`)
    body.text('"')
    body.value(`${body.program.bind(escapeJson)}(${key})`)
    body.text('":')
    statements(rest, inside, body)
    body.flush()
    body.line(`${count}++`)
  })
}

/** A loop over the members that no field names, whose names are as they must be. */
export function eachOther(
  shape: ObjectShape,
  spot: Spot,
  body: Body,
  member: (key: string, inside: Spot) => void,
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
    member(key, { value: name, pointer, depth: spot.depth + 1 })
  })
}

export function mustBeArray(shape: ArrayShape, spot: Spot, body: Body): void {
  const { value } = spot
  const { prefix, items, minItems = 0, maxItems, uniqueItems } = shape
  body.must(spot, `Array.isArray(${value})`, 'an array')
  const most = items === undefined ? Math.min(prefix.length, maxItems ?? prefix.length) : maxItems
  bounds(spot, body, `${value}.length`, 'item', minItems, most)
  if (uniqueItems) body.must(spot, `${body.program.bind(unique)}(${value})`, 'an array without equal items')
}

export function mustBeObject({ fields }: ObjectShape, spot: Spot, body: Body): void {
  const { value } = spot
  body.must(
    spot,
    `typeof ${value} === 'object' && ${value} !== null && !Array.isArray(${value})`,
    'an object',
  )
  // A Date has no members of its own: it would pass for an empty object.
  if (!fields.some(field => field.required)) body.must(spot, `!(${value} instanceof Date)`, 'an object')
}

/** Whether the number of its members is limited. */
export const isBounded = ({ minProperties = 0, maxProperties }: ObjectShape): boolean =>
  minProperties > 0 || maxProperties !== undefined

export function mustHaveMembers(shape: ObjectShape, spot: Spot, count: string, body: Body): void {
  bounds(spot, body, count, 'member', shape.minProperties ?? 0, shape.maxProperties)
}

/** A field's value, and where it is. */
export function fieldSpot(name: string, spot: Spot, body: Body): Spot {
  const value = body.program.fresh('x')
  body.line(`const ${value} = ${access(spot.value, name)}`)
  const pointer = `${spot.pointer} + ${JSON.stringify(`/${pointed(name)}`)}`
  return { value, pointer, depth: spot.depth + 1 }
}

/** An item, and where it is. */
export function itemSpot(index: string, spot: Spot, body: Body): Spot {
  const value = body.program.fresh('x')
  body.line(`const ${value} = ${spot.value}[${index}]`)
  return { value, pointer: `${spot.pointer} + '/' + ${index}`, depth: spot.depth + 1 }
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
