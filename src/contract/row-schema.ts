import { DefinitionError } from './definition-error.ts'
import { type Schema, wireOf } from './schema.ts'
import { type ObjectShape, patternOf, resolve, type Shape, type StringShape } from './shape.ts'

/**
 * What a resource's schema must be: an object with an `id`, whose stored form can be validated again.
 *
 * @param creates whether callers can create rows, and so cannot fill what is readOnly.
 * @throws DefinitionError that names the field.
 */
export function checkRowSchema(schema: Schema, place: string, standIn: string, creates: boolean): void {
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
  if (!allows(id.shape, standIn)) {
    throw new DefinitionError(
      place,
      `its \`id\` does not allow what the server makes, such as '${standIn}'`,
      'Write `id: z.string()`; rows that have other ids already are read all the same',
    )
  }
  const unfilled = input.fields.find(field => field.readOnly && field.required && field.name !== 'id')
  if (creates && unfilled !== undefined) {
    throw new DefinitionError(
      place,
      `'${unfilled.name}' is readOnly, so callers cannot give it, and it has no default`,
      'Give it a default: z.iso.datetime().default(() => new Date().toISOString()).meta({ readOnly: true })',
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

function allows(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, patterns, format }: StringShape,
  text: string,
): boolean {
  const fits = text.length >= minLength && text.length <= maxLength
  return fits && format === undefined && patterns.every(pattern => patternOf(pattern).test(text))
}
