import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { DefinitionError } from './definition-error.ts'
import type { JsonSchema, Wire } from './shape.ts'
import { shapeOf } from './shape-of.ts'

/** A schema of any library that can validate and can describe both of its sides (Standard Schema, Standard JSON Schema). */
export interface Schema<I = unknown, O = I> {
  readonly '~standard': Standard<I, O>
}

/** An interface, since the compiler puts an intersection together anew for each schema. */
interface Standard<I, O> extends StandardSchemaV1.Props<I, O>, StandardJSONSchemaV1.Props<I, O> {}

/** What a caller sends. */
export type In<S extends Schema> = NonNullable<S['~standard']['types']>['input']
/** What a handler receives or answers. */
export type Out<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/**
 * The wire form of one side of a schema: requests are its `input`, answers its `output`.
 *
 * @throws DefinitionError that names every field which JSON cannot carry.
 */
export function wireOf(schema: Schema, side: 'input' | 'output', place: string): Wire {
  const known = wires[side].get(schema)
  if (known !== undefined) return known
  const jsonSchema = jsonSchemaOf(schema, side, place)
  const wire = { jsonSchema, ...shapeOf(jsonSchema, place) }
  wires[side].set(schema, wire)
  return wire
}

/** A schema is described once: libraries evaluate defaults each time, and two descriptions would differ by the clock. */
const wires = { input: new WeakMap<Schema, Wire>(), output: new WeakMap<Schema, Wire>() }

function jsonSchemaOf(schema: Schema, side: 'input' | 'output', place: string): JsonSchema {
  const standard = (schema as Schema | undefined)?.['~standard'] as Partial<Schema['~standard']> | undefined
  if (standard?.jsonSchema === undefined) {
    throw new DefinitionError(
      place,
      `the schema (${standard?.vendor ?? typeof schema}) does not describe itself as JSON Schema`,
      'Use zod 4.2 or newer, arktype 2.1.28 or newer, or wrap a valibot schema in toStandardJsonSchema()',
    )
  }
  // zod reports every field that it cannot represent to this callback; other libraries ignore it and throw.
  const refused: string[] = []
  const unrepresentable = ({ path, message }: { path: (string | number)[]; message: string }): string => {
    refused.push(`/${fieldPath(path)} (${message})`)
    return 'any'
  }
  let out: JsonSchema
  try {
    out = standard.jsonSchema[side]({ target: 'draft-2020-12', libraryOptions: { unrepresentable } })
  } catch (error) {
    const wrong = `its ${side} cannot be sent: ${(error as Error).message}`
    // biome-ignore lint/style/useErrorCause: it is passed, in fourth place
    throw new DefinitionError(place, wrong, MEND, { cause: error })
  }
  if (refused.length > 0) {
    throw new DefinitionError(place, `its ${side} cannot be sent: ${refused.join(', ')}`, MEND)
  }
  return out
}

const MEND =
  'Use what JSON has: z.iso.datetime() for a date, a string or z.int() for a bigint, .pipe(schema) after a transform'

/** zod's path runs through the JSON Schema (`properties`, `headline`); a reader wants the field's own name. */
function fieldPath(path: readonly (string | number)[]): string {
  return path.filter((part, i) => part !== 'properties' || path[i - 1] === 'properties').join('/')
}
