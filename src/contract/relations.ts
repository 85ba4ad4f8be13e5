import { comparingOf } from './comparing.ts'
import { DefinitionError } from './definition-error.ts'
import { type Schema, wireOf } from './schema.ts'
import { type ObjectShape, resolve } from './shape.ts'

interface Declared {
  readonly schema: Schema
  readonly owner: string
  readonly relations: {
    readonly [name: string]: {
      readonly to: { readonly name: string; readonly owner: string } | 'self' | undefined
      readonly by: string
    }
  }
}

/** @throws DefinitionError for a relation that no row could have. */
export function checkRelations({ schema, owner, relations }: Declared, place: string): void {
  const wire = wireOf(schema, 'output', place)
  const { fields } = resolve(wire.shape, wire) as ObjectShape
  for (const [name, { to, by }] of Object.entries(relations)) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      throw new DefinitionError(place, `the relation '${name}' is not a word in lower case`, "Write 'author'")
    }
    // In CSV `author.id` is the id of the author.
    if (fields.some(field => field.name === name || field.name.startsWith(`${name}.`))) {
      throw new DefinitionError(
        place,
        `the relation '${name}' is the name of a field already, or the start of one`,
        `Call the field '${name}_id', or the relation otherwise`,
      )
    }
    if (to === undefined) {
      throw new DefinitionError(
        place,
        `the relation '${name}' leads to nothing`,
        "Declare the other resource before this one; two files that import each other cannot. Rows of its own are `to: 'self'`",
      )
    }
    const field = fields.find(each => each.name === by)
    const comparing = field && comparingOf(field, wire)
    if (by === 'id' || comparing?.value['type'] !== 'string' || comparing.list || comparing.time) {
      throw new DefinitionError(
        place,
        `'${by}', by which '${name}' is found, is not a field that holds an id`,
        `Add '${by}: z.string()' to the schema, with .nullable() where there can be none`,
      )
    }
    if (to !== 'self' && owner === 'shared' && to.owner !== 'shared') {
      throw new DefinitionError(
        place,
        `its rows are for every account, and those of '${to.name}', which '${name}' leads to, belong to one`,
        "Give both an owner, or set owner: 'shared' on both",
      )
    }
  }
}
