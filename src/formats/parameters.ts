import { DefinitionError, type Wire } from '../contract/index.ts'
import { kindsOf } from './json/kinds.ts'
import { compileJsonWriter } from './json/write.ts'

export type Parameter = readonly [name: string, value: string]

/** Parameters of a value that fits its schema. @throws AnswerMismatch at the first thing that does not. */
export type ParameterWriter = (value: unknown) => readonly Parameter[]

/**
 * Compiles the writer of a value as a flat list of names and texts, which is what a query or a form can carry:
 *
 * - Names lead through objects with dots: `author.name`. One with a dot or bracket of its own stands in brackets.
 * - A list of scalars repeats its name; one in which anything is a list or an object numbers its items, `items.0.price`.
 * - Numbers and booleans are spelled as in JSON; null is an empty text.
 * - What is absent is left out, as are an empty list and an empty object. In a numbered list they are an empty text.
 *
 * It checks values as the JSON writer does, and writes the members that it writes.
 *
 * @throws DefinitionError where the shape has neither members nor items, and so nothing that has a name.
 */
export function compileParameters(wire: Wire, place: string): ParameterWriter {
  const kinds = kindsOf(wire.shape, wire)
  if (!kinds.has('object') && !kinds.has('array')) {
    throw new DefinitionError(place, 'its values have no names to be parameters by', 'Use an object')
  }
  const write = compileJsonWriter(wire, place)
  return value => {
    // The writer has chosen among unions and left out what the schema does not name: its JSON is what is to be sent.
    const written = JSON.parse(write(value)) as Json
    const parameters: Parameter[] = []
    if (isContainer(written)) addMembers(written, undefined, parameters)
    return parameters
  }
}

type JsonScalar = string | number | boolean | null
type Container = readonly Json[] | { readonly [name: string]: Json }
type Json = JsonScalar | Container

const isContainer = (value: Json): value is Container => typeof value === 'object' && value !== null

const isFlatList = (value: Container): value is readonly JsonScalar[] =>
  Array.isArray(value) && !value.some(isContainer)

function addMembers(container: Container, at: string | undefined, to: Parameter[]): void {
  const holdsPlaces = Array.isArray(container)
  for (const [name, value] of Object.entries(container)) {
    const inside = nameInside(at, name)
    if (!isContainer(value)) to.push([inside, textOf(value)])
    else if (holdsPlaces && Object.keys(value).length === 0) to.push([inside, ''])
    else if (isFlatList(value)) for (const item of value) to.push([inside, textOf(item)])
    else addMembers(value, inside, to)
  }
}

const textOf = (scalar: JsonScalar): string => (scalar === null ? '' : String(scalar))

function nameInside(at: string | undefined, name: string): string {
  if (/[.[\]]/.test(name)) return `${at ?? ''}[${name}]`
  return at === undefined ? name : `${at}.${name}`
}

/** As application/x-www-form-urlencoded (URL Standard §5.2): half of a surrogate pair becomes U+FFFD. */
export function formText(parameters: readonly Parameter[]): string {
  const text = new URLSearchParams()
  for (const [name, value] of parameters) text.append(name, value)
  return text.toString()
}
