import { DefinitionError } from './definition-error.ts'
import { pageOf, schemaFrom, withMoved } from './derived.ts'
import { anyOne, type Relation, type Resource } from './resource.ts'
import { type Schema, wireOf } from './schema.ts'
import type { JsonSchema } from './shape.ts'
import type { Selection } from './unit.ts'

// What callers see of rows: the fields that they name, and the rows that these refer to. A selection has a schema like
// any other, so that each format writes it, and checks it, as it does all else.

/** How many relations in a row are followed: `author.city.country`. */
const MAX_DEPTH = 3
/** How many relations a request names. */
const MAX_EXPANDED = 10

/**
 * The relations that callers may expand, by their names with dots to those behind them. They lead to what callers could get
 * as well: an open endpoint shows open rows only.
 */
export function expandableOf(
  { relations }: Resource,
  open: boolean,
  depth = MAX_DEPTH,
): ReadonlyMap<string, Relation> {
  const paths = new Map<string, Relation>()
  if (depth === 0) return paths
  for (const [name, relation] of Object.entries(relations)) {
    const { to } = relation
    if (!(open ? to.open : to.methods).includes('get')) continue
    paths.set(name, relation)
    for (const [path, further] of expandableOf(to, open, depth - 1)) paths.set(`${name}.${path}`, further)
  }
  return paths
}

/** Relations, each with those behind it. */
export type Expansions = ReadonlyMap<string, Expansions>

/** What `['author', 'author.city']` names. */
export function expansionsIn(paths: readonly string[]): Expansions {
  const behind = Map.groupBy(paths, path => path.split('.', 1)[0] ?? '')
  return new Map(
    [...behind].map(([name, all]) => [
      name,
      expansionsIn(all.filter(path => path !== name).map(path => path.slice(name.length + 1))),
    ]),
  )
}

/** The parameters by which callers select: none where the resource declares nothing for it. */
export function selectionParameters(
  resource: Resource,
  open: boolean,
): { readonly [name: string]: JsonSchema } {
  const expandable = [...expandableOf(resource, open).keys()]
  const [example = ''] = expandable
  return {
    ...(resource.fields && {
      fields: listOf(fieldsOf(resource), 'The fields to answer. Default: all', ['id']),
    }),
    ...(expandable.length > 0 && {
      expand: {
        ...listOf(expandable, 'The rows that these refer to, to be shown in them. Default: none', [example]),
        maxItems: Math.min(expandable.length, MAX_EXPANDED),
      },
    }),
  }
}

const listOf = (values: readonly string[], description: string, example: readonly string[]): JsonSchema => ({
  type: 'array',
  items: { type: 'string', enum: values },
  minItems: 1,
  maxItems: values.length,
  explode: false,
  description,
  examples: [example],
})

/** @throws DefinitionError for a field that no list of names can have. */
function fieldsOf(resource: Resource): readonly string[] {
  const names = Object.keys(rowOf(resource).properties)
  const split = names.find(name => name === '' || name.includes(','))
  if (split === undefined) return names
  throw new DefinitionError(
    `resource '${resource.name}'`,
    `callers choose fields by names with commas between them, and '${split}' cannot stand there`,
    'Rename the field, or leave `fields` out',
  )
}

/** The input of a get: what callers select. Undefined where they cannot. */
export function selectionQueryOf(resource: Resource, open: boolean): Schema<Selection> | undefined {
  const properties = selectionParameters(resource, open)
  if (Object.keys(properties).length === 0) return undefined
  return schemaFrom<Selection>({
    jsonSchema: () => ({ type: 'object', properties }),
    validate: value => ({ value: value as Selection }),
  })
}

/** A row as a selection shows it. */
export const selectedRow = (resource: Resource, selection: Selection): Schema =>
  schemaOf(() => {
    const { fields, expand = [] } = selection
    const { row, definitions } = selected(resource, expansionsIn(expand), '', fields)
    return { ...row, $defs: definitions }
  })

/** A row of which any field may be missing: what can be said of selections beforehand. */
export const partialRow = (resource: Resource): Schema =>
  schemaOf(() => {
    const { row, definitions } = selected(resource, new Map(), '')
    return { ...row, required: [], $defs: definitions }
  })

/** A page of such rows. */
export const pageOfSelected = (resource: Resource, schema: Schema): Schema => pageOf({ ...resource, schema })

const schemaOf = (jsonSchema: () => JsonSchema): Schema =>
  schemaFrom<unknown>({ jsonSchema, validate: value => ({ value }) })

interface Selected {
  readonly row: JsonSchema
  readonly definitions: { readonly [name: string]: JsonSchema }
}

/** @param prefix tells the definitions of one row from those of others in it. */
function selected(
  resource: Resource,
  expansions: Expansions,
  prefix: string,
  fields?: readonly string[],
): Selected {
  const { $defs = {}, properties, required, ...rest } = rowOf(resource)
  const whole = `${prefix}whole_${resource.name}`
  // A row that contains rows of its own kind has them whole.
  const movedTo = (reference: string): string =>
    `#/$defs/${reference === '#' ? whole : prefix + reference.slice('#/$defs/'.length)}`
  const moved = (schema: JsonSchema): JsonSchema => withMoved(schema, movedTo) as JsonSchema
  const definitions: { [name: string]: JsonSchema } = {}
  for (const [name, schema] of Object.entries($defs)) definitions[prefix + name] = moved(schema)
  definitions[whole] = moved({ ...rest, properties, required })
  const isShown = (name: string): boolean => fields?.includes(name) ?? true
  const members = Object.entries(properties).filter(([name]) => isShown(name))
  const shown: [string, JsonSchema][] = members.map(([name, schema]) => [name, moved(schema)])
  for (const [name, below] of expansions) {
    const relation = resource.relations[name]
    if (relation === undefined) continue
    const inside = `${prefix}${name}.`
    const other = selected(relation.to, below, inside)
    Object.assign(definitions, other.definitions, { [inside]: other.row })
    shown.push([name, { anyOf: [{ $ref: `#/$defs/${inside}` }, { type: 'null' }] }])
  }
  const row = {
    ...moved(rest),
    properties: Object.fromEntries(shown),
    required: [...required.filter(isShown), ...expansions.keys()],
  }
  return { row, definitions }
}

type RowSchema = JsonSchema & {
  readonly $defs?: { readonly [name: string]: JsonSchema }
  readonly properties: { readonly [name: string]: JsonSchema }
  readonly required: readonly string[]
}

const rowOf = ({ name, schema }: Resource): RowSchema => ({
  properties: {},
  required: [],
  ...wireOf(schema, 'output', `resource '${name}'`).jsonSchema,
})

/** What a relation is, for documents. */
export const relationText = (name: string, { to, by }: Relation): string =>
  `${anyOne(to)}, by \`${by}\`: there where \`expand=${name}\` asks for it, null where there is none`
