import { checkListing } from './comparing.ts'
import { DefinitionError } from './definition-error.ts'
import type { EventType } from './event.ts'
import { type Known, refuseUnknown } from './known-options.ts'
import { type PathSegment, parsePath } from './path.ts'
import { checkRelations } from './relations.ts'
import { checkRowSchema } from './row-schema.ts'
import type { In, Out, Schema } from './schema.ts'

const RESOURCE_METHODS = ['list', 'get', 'create', 'replace', 'update', 'delete'] as const
export type ResourceMethod = (typeof RESOURCE_METHODS)[number]

/** What rows refer to, as it is declared. */
type Declared<S extends Schema> = {
  readonly [name: string]: { readonly to: Resource | 'self'; readonly by: keyof Out<S> & string }
}

export interface ResourceOptions<S extends Schema, L = Declared<S>> {
  /** Below the api's base: `/articles`. */
  readonly path: string
  /** An object with an `id: string`, which the server makes. What is stored and what is shown have this one schema. */
  readonly schema: S
  /** Whose rows they are: the column that holds the account's id, or `'shared'` where every account sees all. */
  readonly owner: string
  /** Your table, used as it is; created when it is missing. Default: the last segment of the path. */
  readonly table?: string
  /** The start of every id: `art` makes `art_01k…`. Default: the first three letters of the name. */
  readonly prefix?: string
  /** Default: all of them, or list and get where rows are shared. `[]` keeps the resource to your own handlers. */
  readonly methods?: readonly ResourceMethod[]
  /**
   * The fields that callers may filter lists by: `['tags', 'score']` takes `?tags=tech&score[gte]=10`. A created table has
   * an index for each. Default: none.
   */
  readonly filter?: readonly (keyof Out<S> & string)[]
  /** The fields that callers may sort lists by: `['score']` takes `?sort=-score`. Indexed like filters. Default: none. */
  readonly sort?: readonly (keyof Out<S> & string)[]
  /**
   * The rows that these refer to: `{ author: { to: authors, by: 'author_id' } }`, or `to: 'self'` for rows of this resource.
   * The field `by` holds an id, and is set only to that of a row which the account may read, else 422. Lists are filtered
   * by it, and what rows refer to is not deleted: 409 `in-use`. Indexed like filters. Default: none.
   */
  readonly relations?: L
  /**
   * Whether callers choose which fields get and list answer: `?fields=id,headline`. The documents then promise no field of
   * such an answer. Default: false.
   */
  readonly fields?: boolean
  /** Methods that need no key. Only rows that are shared can be opened. Default: none. */
  readonly open?: readonly ('list' | 'get')[]
  /** Whether each change records `name.created`, `name.updated` or `name.deleted`. Default: true. */
  readonly events?: boolean
  /**
   * Whether changes that other programs make to the table, or SQL of your own, record these events too. Triggers on the
   * table see to it: they are made at start, and taken away again at a start without this. Default: false.
   */
  readonly watch?: boolean
  /**
   * Whether an update or delete must say by `If-Match` what it means to change: without it the answer is 428
   * (RFC 6585 §3). Default: false; who sends `If-Match` is always heard.
   */
  readonly requireMatch?: boolean
  /**
   * Whether a PATCH may be a JSON Patch (RFC 6902) as well, beside the merge patch that it always may be: it tests what is
   * there, and changes single items of lists. Default: false.
   */
  readonly jsonPatch?: boolean
  /**
   * Whether callers may create many rows at once: `POST /articles/bulk` takes `{ "data": [row, …] }`, and answers what became
   * of each. True: up to 100 of them; `{ max }` sets another number, up to 1,000. Default: false.
   */
  readonly bulk?: boolean | { readonly max: number }
  readonly description?: string
}

const OPTIONS: Known<ResourceOptions<Schema>> = {
  path: true,
  schema: true,
  owner: true,
  table: true,
  prefix: true,
  methods: true,
  filter: true,
  sort: true,
  relations: true,
  fields: true,
  open: true,
  events: true,
  watch: true,
  requireMatch: true,
  jsonPatch: true,
  bulk: true,
  description: true,
}

/** A noun with standard methods, named by reference wherever its rows are used. */
export interface Resource<N extends string = string, C = never, R = unknown, L = unknown> {
  readonly kind: 'resource'
  readonly name: N
  readonly path: string
  readonly schema: Schema
  readonly owner: string
  readonly table: string
  readonly prefix: string
  readonly methods: readonly ResourceMethod[]
  readonly open: readonly ResourceMethod[]
  /** The fields that callers filter and sort lists by. */
  readonly filter: readonly string[]
  readonly sort: readonly string[]
  readonly relations: Relations
  /** Whether callers choose fields. */
  readonly fields: boolean
  /** The facts that its changes record; undefined where it records none. */
  readonly events: ChangeEvents<N, R> | undefined
  /** Whether they are recorded whoever makes the change. */
  readonly watch: boolean
  /** Whether changes must name what they change. */
  readonly requireMatch: boolean
  /** Whether an update may be a JSON Patch. */
  readonly jsonPatch: boolean
  /** How many rows a bulk create may have; undefined where there is none. */
  readonly bulk: number | undefined
  readonly description: string | undefined
  /** Where the ids of deleted rows are put down for work that follows the unit. Of Signalbox's own alone. */
  readonly deletedIds?: string
  /** Only for inference: what is read. */
  readonly row?: R
  /** Only for inference: what is written. */
  readonly accepts?: (value: C) => void
  /** Only for inference: what rows refer to. */
  readonly related?: L
}

/** Rows that rows refer to, by the name that each has in the row. */
export interface Relations {
  readonly [name: string]: Relation
}

export interface Relation {
  /** The resource itself, where its rows refer to each other. */
  readonly to: Resource
  /** The field that holds the id of the other row; without a value there is none. */
  readonly by: string
}

export interface ChangeEvents<N extends string, R> {
  readonly created: EventType<`${N}.created`, R>
  readonly updated: EventType<`${N}.updated`, R>
  readonly deleted: EventType<`${N}.deleted`, R>
}

/** What a caller gives for a new row: all but the id. */
export type NewRow<S extends Schema> = Omit<In<S>, 'id'>

/** Declares a noun: `resource('article', { path: '/articles', schema: Article, owner: 'account_id' })`. */
export function resource<
  const N extends string,
  S extends Schema<{ id: string }>,
  const L extends Declared<S> = Record<never, never>,
>(name: N, options: ResourceOptions<S, L>): Resource<N, NewRow<S>, Out<S>, L> {
  const place = `resource '${name}'`
  refuseUnknown(options, OPTIONS, place)
  const segments = parsePath(options.path, place)
  const {
    table = lastLiteral(segments),
    prefix = name.slice(0, 3),
    open = [],
    sort = [],
    fields = false,
  } = options
  const relations: Declared<S> = options.relations ?? {}
  const filter = [...new Set([...(options.filter ?? []), ...Object.values(relations).map(({ by }) => by)])]
  const { methods = options.owner === 'shared' ? (['list', 'get'] as const) : RESOURCE_METHODS } = options
  checkNames(place, { name, table, owner: options.owner, prefix })
  const strange = methods.find(method => !RESOURCE_METHODS.includes(method))
  if (strange !== undefined) {
    throw new DefinitionError(
      place,
      `there is no method '${strange}'`,
      `Name some of ${RESOURCE_METHODS.join(', ')}`,
    )
  }
  if (open.length > 0 && options.owner !== 'shared') {
    throw new DefinitionError(
      place,
      `it opens ${open.join(', ')}, but its rows belong to accounts`,
      "Set owner: 'shared', or leave open out",
    )
  }
  const { events = true, watch = false, requireMatch = false, jsonPatch = false } = options
  if (watch && !events) {
    throw new DefinitionError(
      place,
      'its table is watched for events that it does not record',
      'Leave out one of watch: true and events: false',
    )
  }
  if (requireMatch && !methods.includes('get')) {
    throw new DefinitionError(
      place,
      'changes must name an ETag, and there is no get that would tell one',
      "Add 'get' to methods, or leave requireMatch out",
    )
  }
  if (jsonPatch && !methods.includes('update')) {
    throw new DefinitionError(
      place,
      'it takes JSON Patch, and has no update that one could be sent to',
      "Add 'update' to methods, or leave jsonPatch out",
    )
  }
  checkRowSchema(options.schema, place, standInId({ prefix }), methods.includes('create'))
  checkRelations({ schema: options.schema, owner: options.owner, relations }, place)
  checkListing({ schema: options.schema, filter, sort }, place)
  const change = <W extends string>(what: W): EventType<`${N}.${W}`, Out<S>> => ({
    kind: 'event',
    name: `${name}.${what}`,
    schema: options.schema,
    description: `${capital(anyOne({ name }))} was ${what}.`,
  })
  const related: { [name: string]: Relation } = {}
  const made: Resource<N, NewRow<S>, Out<S>, L> = {
    kind: 'resource',
    name,
    path: options.path,
    schema: options.schema,
    owner: options.owner,
    table,
    prefix,
    methods,
    open,
    filter,
    sort,
    relations: related,
    fields,
    events: events
      ? { created: change('created'), updated: change('updated'), deleted: change('deleted') }
      : undefined,
    watch,
    requireMatch,
    jsonPatch,
    bulk: bulkMax(options.bulk, methods, place),
    description: options.description,
  }
  for (const [relation, { to, by }] of Object.entries(relations))
    related[relation] = { to: to === 'self' ? made : to, by }
  return made
}

const DEFAULT_BULK = 100
/** The unit that creates them holds up all others. */
const MAX_BULK = 1000

function bulkMax(
  bulk: ResourceOptions<Schema>['bulk'],
  methods: readonly ResourceMethod[],
  place: string,
): number | undefined {
  if (bulk === undefined || bulk === false) return undefined
  const { max } = bulk === true ? { max: DEFAULT_BULK } : bulk
  if (!Number.isInteger(max) || max < 1 || max > MAX_BULK) {
    throw new DefinitionError(
      place,
      `a bulk create of up to ${max} rows is none`,
      `Set max to a whole number from 1 to ${MAX_BULK}`,
    )
  }
  if (!methods.includes('create')) {
    throw new DefinitionError(
      place,
      'many rows can be created at once, and one alone cannot',
      "Add 'create' to methods, or leave bulk out",
    )
  }
  return max
}

/** @throws DefinitionError for what cannot stand in event types, ids or SQL. */
function checkNames(
  place: string,
  { name, table, owner, prefix }: Pick<Resource, 'name' | 'table' | 'owner' | 'prefix'>,
): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new DefinitionError(place, 'the name is not a noun in lower case', "Write 'article' or 'news_item'")
  }
  for (const [what, identifier] of [
    ['table', table],
    ['owner', owner],
  ] as const) {
    if (identifier === undefined) {
      throw new DefinitionError(
        place,
        `it does not say whose rows they are`,
        "Set owner to the column that holds the account's id, or to 'shared'",
      )
    }
    if (!IDENTIFIER.test(identifier)) {
      throw new DefinitionError(
        place,
        `the ${what} '${identifier}' is not a plain SQL name`,
        'Use letters, digits and underscores, starting with a letter',
      )
    }
  }
  if (!/^[a-z][a-z0-9]{0,9}$/.test(prefix)) {
    throw new DefinitionError(
      place,
      `the prefix '${prefix}' is not usable in ids`,
      'Use up to 10 letters and digits in lower case',
    )
  }
}

function lastLiteral(segments: readonly PathSegment[]): string {
  const last = segments.at(-1)
  return typeof last === 'string' ? last : ''
}

/** One of a resource's rows, in words: `an article`, `a news item`. */
export const anyOne = ({ name }: { readonly name: string }): string =>
  `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name.replaceAll('_', ' ')}`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Schemas want whole rows: this has the form of an id where the real one is yet to be made. */
export const standInId = (resource: { readonly prefix: string }): string =>
  `${resource.prefix}_${'0'.repeat(26)}`

/** Names that stand in SQL as they are. */
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
