import { type Comparing, comparingOf, MAX_SORT_FIELDS } from './comparing.ts'
import { schemaFrom } from './derived.ts'
import type { Resource } from './resource.ts'
import { type Schema, wireOf } from './schema.ts'
import { selectionParameters } from './selection.ts'
import { type JsonSchema, type ObjectShape, resolve } from './shape.ts'
import type { ListQuery } from './unit.ts'
import type { Issue } from './validate.ts'

const LIMIT: JsonSchema = {
  type: 'integer',
  minimum: 1,
  maximum: 100,
  default: 20,
  description: 'Rows in the page',
}
/** How many values `[in]` takes at most. */
const MAX_VALUES = 100

/** `?cursor=` and `?limit=`. */
export const pageQuery: Schema<{ readonly cursor?: string; readonly limit?: number }> = schemaFrom({
  jsonSchema: () => ({ type: 'object', properties: { cursor: CURSOR, limit: LIMIT } }),
  validate: value => judged(value as FlatQuery, value as { limit?: number }),
})

const CURSOR: JsonSchema = { type: 'string', description: 'The `next` of the page before' }

/** What the query of a list spells, with the names of its filters as they stand: `score[gt]`. */
interface FlatQuery {
  readonly [name: string]: unknown
  readonly limit?: number
  readonly sort?: readonly string[]
}

type RowQuery = ListQuery<Record<string, unknown>>

/** `?cursor=`, `?limit=`, and what the resource declares: `?score[gt]=10&tags=tech&sort=-published_at,score&expand=author`. */
export function listQueryOf(resource: Resource<string, never, unknown>, open: boolean): Schema<RowQuery> {
  const { filter, sort } = resource
  const lists = new Set(filter.filter(name => comparingBy(resource, name)?.list === true))
  const selection = selectionParameters(resource, open)
  if (filter.length + sort.length + Object.keys(selection).length === 0) return pageQuery
  return schemaFrom<RowQuery>({
    jsonSchema: () => ({
      type: 'object',
      properties: {
        cursor: CURSOR,
        limit: LIMIT,
        ...sortParameter(sort),
        ...selection,
        ...filterParameters(resource),
      },
    }),
    validate: value => judged(value as FlatQuery, structured(value as FlatQuery, lists)),
  })
}

function judged<T>(flat: FlatQuery, value: T): { value: T } | { issues: Issue[] } {
  const { limit, sort = [] } = flat
  const issues: Issue[] = []
  if (limit !== undefined && !(limit >= 1 && limit <= 100))
    issues.push({ path: ['limit'], message: 'Expected 1 to 100' })
  const fields = sort.map(nameOf)
  if (new Set(fields).size < fields.length)
    issues.push({ path: ['sort'], message: 'Expected each field once' })
  for (const [name, given] of Object.entries(flat)) {
    const short = name.replace(/\[(?:eq|contains)\]$/, '')
    if (short !== name && given !== undefined && flat[short] !== undefined)
      issues.push({ path: [name], message: `It says the same as '${short}', which is given too` })
  }
  return issues.length > 0 ? { issues } : { value }
}

const nameOf = (sorted: string): string => (sorted.startsWith('-') ? sorted.slice(1) : sorted)

/** `{ 'score[gt]': 10, tags: 'tech' }` is `{ where: { score: { gt: 10 }, tags: { contains: 'tech' } } }`. */
function structured(
  { cursor, limit, sort, fields, expand, ...filters }: FlatQuery,
  lists: ReadonlySet<string>,
): RowQuery {
  const where: { [name: string]: { [operator: string]: unknown } } = {}
  for (const [parameter, value] of Object.entries(filters)) {
    const bracket = parameter.indexOf('[')
    const name = bracket === -1 ? parameter : parameter.slice(0, bracket)
    const operator = bracket === -1 ? plainOperator(lists.has(name)) : parameter.slice(bracket + 1, -1)
    where[name] = { ...where[name], [operator]: value }
  }
  const given = { cursor, limit, sort, fields, expand, where }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** What a parameter without an operator asks. */
const plainOperator = (list: boolean): string => (list ? 'contains' : 'eq')

function sortParameter(sort: readonly string[]): { readonly [name: string]: JsonSchema } {
  if (sort.length === 0) return {}
  const schema = {
    type: 'array',
    items: { enum: sort.flatMap(name => [name, `-${name}`]), type: 'string' },
    minItems: 1,
    maxItems: MAX_SORT_FIELDS,
    explode: false,
    description:
      'The fields to sort by, the first one first; `-` puts the greatest first. Rows without a value count as the least. Default: newest first',
    examples: [[`-${sort[0]}`, ...sort.slice(1, 2)]],
  }
  return { sort: schema }
}

const WORDS: { readonly [operator: string]: string } = {
  ne: 'is not',
  gt: 'is greater than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
}

function comparingBy(resource: Resource<string, never, unknown>, name: string): Comparing | undefined {
  const wire = wireOf(resource.schema, 'output', `resource '${resource.name}'`)
  const { fields } = resolve(wire.shape, wire) as ObjectShape
  const field = fields.find(each => each.name === name)
  return field && comparingOf(field, wire)
}

function filterParameters(resource: Resource<string, never, unknown>): {
  readonly [name: string]: JsonSchema
} {
  const parameters = resource.filter.flatMap(name => {
    const comparing = comparingBy(resource, name)
    return comparing === undefined ? [] : Object.entries(parametersOf(name, comparing))
  })
  return Object.fromEntries(parameters)
}

function parametersOf(name: string, comparing: Comparing): { readonly [name: string]: JsonSchema } {
  const { value, list, ordered, nullable } = comparing
  const described = (words: string) => ({ ...value, description: `Only rows ${words}` })
  const plain = described(list ? `with this in \`${name}\`` : `whose \`${name}\` is this`)
  const comparisons = list || value['type'] === 'boolean' ? [] : ordered ? Object.keys(WORDS) : ['ne']
  const operators: { [operator: string]: JsonSchema } = {}
  for (const operator of comparisons)
    operators[operator] = described(`whose \`${name}\` ${WORDS[operator]} this`)
  if (comparisons.length > 0) {
    operators['in'] = {
      type: 'array',
      items: value,
      minItems: 1,
      maxItems: MAX_VALUES,
      explode: false,
      description: `Only rows whose \`${name}\` is one of these`,
    }
  }
  if (nullable) {
    const description = `True: only rows without \`${name}\`. False: only rows with it`
    operators['null'] = { type: 'boolean', description }
  }
  const bracketed = Object.entries({ [plainOperator(list)]: plain, ...operators })
  if (bracketed.length === 1) return { [name]: plain }
  return { [name]: plain, ...Object.fromEntries(bracketed.map(([o, schema]) => [`${name}[${o}]`, schema])) }
}
