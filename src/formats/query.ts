import { DefinitionError, type Field, type JsonSchema, resolve, type Wire } from '../contract/index.ts'
import { membersOf } from './json/kinds.ts'
import { type QueryError, splitQuery } from './query-string.ts'
import { checkOf, type Spelling, spellingOf } from './spelling.ts'

export type QueryReading = { readonly value: Record<string, unknown> } | { readonly errors: QueryError[] }

/** Reads a query string, with or without its `?`. */
export type QueryReader = (query: string) => QueryReading

/** Further errors help nobody, and an answer must not grow with a hostile query. */
const MAX_ERRORS = 20

interface Parameter {
  readonly name: string
  readonly required: boolean
  /** Has items: it is given as often as there are, or once with commas between them. */
  readonly repeated: boolean
  readonly commas: boolean
  readonly spelling: Spelling
  /** What it must be, where it is not; undefined where it is right. */
  readonly check: (value: unknown) => string | undefined
}

/**
 * Compiles the reader of a query string (application/x-www-form-urlencoded) into the shape's types: numbers as JSON
 * spells them, `true` and `false`, lists as repeated parameters, or with commas where the schema says `explode: false` (OpenAPI 3.2
 * §4.12.2.2). What is not declared, is given twice or is not
 * percent-encoded UTF-8 is an error. A null cannot be spelled: leave the parameter out.
 *
 * @throws DefinitionError where the shape is no flat object.
 */
export function compileQueryReader(wire: Wire, place: string): QueryReader {
  const parameters = new Map(parametersOf(wire, place).map(parameter => [parameter.name, parameter]))
  return query => {
    const { given, errors } = splitQuery(query)
    for (const name of given.keys())
      if (!parameters.has(name)) errors.push(undeclared(name, [...parameters.keys()]))
    const members: [string, unknown][] = []
    for (const parameter of parameters.values()) {
      const texts = given.get(parameter.name)
      const read = texts === undefined ? missing(parameter) : readParameter(parameter, texts)
      if (read !== undefined && 'detail' in read)
        errors.push({ parameter: parameter.name, detail: read.detail })
      else if (read !== undefined) members.push([parameter.name, read.value])
    }
    // fromEntries defines members, so that a parameter called __proto__ is nothing but a member.
    return errors.length > 0
      ? { errors: errors.slice(0, MAX_ERRORS) }
      : { value: Object.fromEntries(members) }
  }
}

type ParameterReading = { readonly value: unknown } | { readonly detail: string }

const missing = ({ required }: Parameter): ParameterReading | undefined =>
  required ? { detail: 'It is required' } : undefined

function readParameter(parameter: Parameter, texts: readonly string[]): ParameterReading {
  const [text = ''] = texts
  if ((!parameter.repeated || parameter.commas) && texts.length > 1)
    return { detail: 'It is given more than once, and may be given once' }
  const items = parameter.commas ? text.split(',') : texts
  // What spells no value is left as text, so that the check says what it must be.
  const values = items.map(each => parameter.spelling(each) ?? each)
  const value = parameter.repeated ? values : (parameter.spelling(text) ?? text)
  const expected = parameter.check(value)
  return expected === undefined ? { value } : { detail: `It must be ${expected}` }
}

function undeclared(name: string, declared: readonly string[]): QueryError {
  const others = declared.length === 0 ? 'No parameters are' : `Declared are: ${declared.join(', ')}`
  return { parameter: name, detail: `It is not declared. ${others}` }
}

function parametersOf(wire: Wire, place: string): Parameter[] {
  const shape = resolve(wire.shape, wire)
  if (shape.kind !== 'object' || shape.rest !== undefined) {
    throw new DefinitionError(
      place,
      'its input is not an object with named members, as a query is',
      'Use an object',
    )
  }
  return shape.fields.map(field => parameterOf(field, wire, place))
}

function parameterOf(field: Field, wire: Wire, place: string): Parameter {
  const [only, ...others] = membersOf(field.shape, wire)
    .map(member => resolve(member, wire))
    .filter(member => member.kind !== 'null')
  const repeated = only?.kind === 'array' && others.length === 0 && only.prefix.length === 0
  const spelled = repeated ? only.items : field.shape
  const spelling = spelled && spellingOf(spelled, wire, place)
  if (spelling === undefined) {
    throw new DefinitionError(
      place,
      `the parameter '${field.name}' cannot be spelled in a query`,
      'Use a string, number, boolean, listed values or an array of these; take anything else in the body of a POST',
    )
  }
  return {
    name: field.name,
    required: field.required,
    repeated,
    commas: repeated && explodes(wire.jsonSchema, field.name) === false,
    spelling,
    check: checkOf(field.shape, wire, place),
  }
}

const explodes = (schema: JsonSchema, name: string): unknown =>
  (schema['properties'] as { readonly [name: string]: JsonSchema } | undefined)?.[name]?.['explode']
