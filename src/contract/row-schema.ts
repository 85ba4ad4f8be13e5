import { DefinitionError } from './definition-error.ts'
import { type Schema, wireOf } from './schema.ts'
import { type ObjectShape, resolve, type Shape } from './shape.ts'

/**
 * What a resource's schema must be: an object with an `id`, whose stored form can be validated again.
 *
 * @throws DefinitionError that names the field.
 */
export function checkRowSchema(schema: Schema, place: string): void {
  const output = objectOf(schema, 'output', place)
  const input = objectOf(schema, 'input', place)
  const id = output.fields.find(field => field.name === 'id')
  if (id?.shape.kind !== 'string') {
    throw new DefinitionError(
      place,
      'its schema has no `id` that is a string',
      'Add `id: z.string()`: the server makes it',
    )
  }
  for (const field of output.fields) {
    const given = input.fields.find(f => f.name === field.name)
    if (given !== undefined && given.shape.kind !== 'any' && family(given.shape) !== family(field.shape)) {
      throw new DefinitionError(
        place,
        `'${field.name}' is ${given.shape.kind} when written and ${field.shape.kind} when read, so a stored row could not be changed`,
        'Store one form, and convert it in an endpoint of your own',
      )
    }
  }
}

function objectOf(schema: Schema, side: 'input' | 'output', place: string): ObjectShape {
  const wire = wireOf(schema, side, place)
  const shape = resolve(wire.shape, wire)
  if (shape.kind !== 'object') {
    throw new DefinitionError(
      place,
      `its schema is ${shape.kind}, not an object`,
      'Use z.object({ id: z.string(), … })',
    )
  }
  return shape
}

/** Shapes that are one kind of JSON value; unions and references are left to the library that validates them. */
function family(shape: Shape): string {
  if (shape.kind === 'literal') return typeof shape.values[0]
  if (shape.kind === 'union' || shape.kind === 'ref' || shape.kind === 'any') return 'mixed'
  return shape.kind
}
