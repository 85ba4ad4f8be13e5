import type { Shape, Wire } from '../../contract/index.ts'
import { type BodyLimits, MAX_DEPTH, MAX_VALUES } from '../json/limits.ts'
import { type BodyProblem, decodeUtf8, positionOf, startOfText } from '../utf8.ts'
import { formPairs, type Pair } from './pairs.ts'
import { compileShape } from './shapes.ts'
import { quoted, Refused, treeOf } from './tree.ts'

export type FormReading = { readonly value: unknown } | { readonly problem: BodyProblem }

/** Reads the bytes of a body. `depth` counts lists and objects in each other, the body itself included. */
export type FormReader = (bytes: Uint8Array, limits?: BodyLimits) => FormReading

/**
 * Compiles the reader of application/x-www-form-urlencoded bodies into the shape's types: numbers as JSON spells them,
 * `true` and `false`, lists as repeated names, `tags[]` or `tags[0]`, objects as `author[name]` or `author.name`. Dots
 * separate unless a name of the schema has one.
 *
 * An empty text is null where the schema takes null and no empty text; a list's only empty text is no item where its
 * items are no empty texts. A required list that is not given is empty. What does not read as its type, or is not
 * declared, is passed on as text: the schema's validation names it.
 *
 * Strict: a problem names the field that is not percent-encoded UTF-8, leads too deep, reaches into prototypes, leaves
 * a gap in a list, has a value as well as members, or is given twice where it has one value; and the 1,001st.
 */
export function compileFormReader(wire: Wire, place: string): FormReader {
  const read = compilePairsReader(wire, place)
  return (bytes, limits) => {
    const form = decodeUtf8(bytes)
    if (typeof form !== 'string') return { problem: inField(form, bytes) }
    if (LIKE_JSON.test(form)) return { problem: { detail: JSON_AS_FORM, position: positionOf(form, 0) } }
    try {
      return { value: read(formPairs(form), limits) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const problem = { detail: error.message, position: positionOf(form, error.at) }
      return { problem: error.tooLarge ? { ...problem, tooLarge: true } : problem }
    }
  }
}

/** What encodes a form writes `%7B`. Programs that are told of no Content-Type send JSON so, curl -d among them. */
const LIKE_JSON = /^\s*(?:\{|\[\s*[{"])/
const JSON_AS_FORM =
  'This is JSON, and was sent as application/x-www-form-urlencoded: send Content-Type: application/json'

/** The fields of a multipart/form-data, which come decoded and mean the same as those of a form. */
export type FieldsReader = (
  fields: readonly Field[],
  limits?: BodyLimits,
) => { readonly value: unknown } | { readonly detail: string }

interface Field {
  readonly name: string
  readonly text: string
}

export function compileFieldsReader(wire: Wire, place: string): FieldsReader {
  const read = compilePairsReader(wire, place)
  return (fields, limits) => {
    try {
      return {
        value: read(
          fields.map(field => ({ ...field, at: 0, rawName: field.name })),
          limits,
        ),
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { detail: error.message }
    }
  }
}

function compilePairsReader(wire: Wire, place: string) {
  const read = compileShape(wire, place)
  const dotted = !namesOf(wire).some(name => name.includes('.'))
  return (pairs: Iterable<Pair>, { depth = MAX_DEPTH, values = MAX_VALUES }: BodyLimits = {}): unknown =>
    read(treeOf(pairs, { depth, values, dotted }))
}

/** What is wrong with bytes that are no text, with the field that it is in. */
function inField({ position }: BodyProblem, bytes: Uint8Array): BodyProblem {
  const before = `${startOfText(bytes)}\ufffd`
  const [name = ''] = before.slice(before.lastIndexOf('&') + 1).split('=', 1)
  return { detail: `The field ${quoted(name)} is not UTF-8`, position }
}

/** The names of all fields of a schema. */
function namesOf({ shape, definitions }: Wire): string[] {
  const names: string[] = []
  const look = (at: Shape): void => {
    if (at.kind === 'union') at.of.forEach(look)
    if (at.kind === 'array') [...at.prefix, ...(at.items === undefined ? [] : [at.items])].forEach(look)
    if (at.kind !== 'object') return
    names.push(...at.fields.map(field => field.name))
    for (const inside of [
      ...at.fields.map(field => field.shape),
      ...(at.rest === undefined ? [] : [at.rest]),
    ])
      look(inside)
  }
  for (const each of [shape, ...definitions.values()]) look(each)
  return names
}
