import type { Shape, UnionShape } from '../../contract/index.ts'
import { describe, discriminatorOf, JSON_KINDS, type JsonKind, kindsOf, membersOf, oneOf } from './kinds.ts'
import type { Body, Spot, Statements } from './program.ts'
import { pointed } from './runtime.ts'

const IS: { readonly [kind in JsonKind]: (value: string) => string } = {
  null: value => `${value} === null`,
  boolean: value => `typeof ${value} === 'boolean'`,
  number: value => `typeof ${value} === 'number'`,
  string: value => `typeof ${value} === 'string'`,
  array: value => `Array.isArray(${value})`,
  object: value => `typeof ${value} === 'object' && ${value} !== null`,
}

/**
 * The first member that fits. Where the kind of the value or a listed field says which one that can only be, it is
 * written at once, and what does not fit is named inside it.
 */
export function union(shape: UnionShape, spot: Spot, body: Body, statements: Statements): void {
  const { wire } = body.program
  const members = membersOf(shape, wire)
  let head = 'if'
  for (const kind of JSON_KINDS) {
    const candidates = members.filter(member => kindsOf(member, wire).has(kind))
    if (candidates.length === 0) continue
    body.block(`${head} (${IS[kind](spot.value)})`, () => choose(candidates, spot, body, statements))
    head = 'else if'
  }
  body.block('else', () => body.refuse(spot, describe(shape, wire)))
}

function choose(candidates: readonly Shape[], spot: Spot, body: Body, statements: Statements): void {
  const { value, pointer, depth } = spot
  const { wire, functionFor } = body.program
  const told = discriminatorOf(candidates, wire)
  let head = 'if'
  const branch = (condition: string, candidate: Shape) => {
    body.block(`${head} (${condition})`, () => statements(candidate, spot, body))
    head = 'else if'
  }
  const [only] = candidates
  if (only !== undefined && candidates.length === 1) {
    statements(only, spot, body)
  } else if (told !== undefined) {
    const field = `${value}[${JSON.stringify(told.field)}]`
    const at = { ...spot, value: field, pointer: `${pointer} + ${JSON.stringify(`/${pointed(told.field)}`)}` }
    candidates.forEach((candidate, i) => {
      branch(
        (told.values[i] ?? []).map(each => `${field} === ${JSON.stringify(each)}`).join(' || '),
        candidate,
      )
    })
    body.block('else', () => body.refuse(at, oneOf(told.values.flat())))
  } else {
    for (const candidate of candidates) {
      branch(`${functionFor('fits', candidate)}(${value}, '', d + ${depth})`, candidate)
    }
    const words = describe({ kind: 'union', of: candidates }, wire)
    body.block('else', () => body.refuse(spot, `${words} in one of the forms that its schema lists`))
  }
}
