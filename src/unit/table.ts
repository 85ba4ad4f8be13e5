import {
  alternatives,
  comparingOf,
  DefinitionError,
  expansionsIn,
  type Field,
  InvalidValue,
  isNull,
  keptTimes,
  type ObjectShape,
  type Resource,
  resolve,
  type Selection,
  type Shape,
  serverMade,
  type Wire,
  wireOf,
} from '../contract/index.ts'
import {
  type Column,
  type ColumnType,
  createInsert,
  type Dialect,
  type Insert,
  type Native,
  quoted,
  type Row,
  type Value,
  type Watch,
} from '../store/index.ts'
import { watchName } from './watch/name.ts'

/** How a resource's rows lie in its table: made once at start, pure. */
export interface Table {
  readonly resource: Resource
  readonly dialect: Dialect
  readonly columns: readonly TableColumn[]
  readonly statements: Statements
  /** The fields that callers cannot set. */
  readonly serverMade: ReadonlySet<string>
  /**
   * Whether what is stored may differ from what is given: columns of other types have their own forms of values, and some
   * values the database makes. Then rows are written and read back by `stored.ts`.
   */
  readonly isForeign: boolean
  /** Whether the database makes ids. */
  readonly makesIds: boolean
  /** The times of a row that the server keeps, where the schema has them and callers cannot set them. */
  readonly times: readonly ('created_at' | 'updated_at')[]
  /** What its changes are filed under; undefined where the table is not watched. */
  readonly watch: Watch | undefined
  /** The row as handlers and callers see it. */
  decode(row: Row): object
  /** The values of `columns`, in order. @throws InvalidValue for one that its column cannot hold. */
  encode(row: { readonly [name: string]: unknown }): Value[]
  /** An id as its column holds it; null, which no row has, where it cannot. */
  idValue(id: string): Value
  /** The id of an account as the owner's column holds it; null where it cannot. */
  ownerValue(account: string): Value
  /** The account whose id the owner's column holds; undefined where it holds none. */
  accountOf(held: Value): string | undefined
  /** The row's JSON as the API shows it, checked against the schema. */
  write(row: object): string
}

export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
  /** Whether the column can be null: the field is optional, or null is one of its values. */
  readonly nullable: boolean
  /** How an existing column of another type holds the values; undefined where it holds them as they are. */
  readonly native: Native | undefined
  /** What is written of it: its value always, or never, or not where there is none and the column has a default. */
  readonly given: 'always' | 'never' | 'unless absent'
  /** Of a list of scalars: what its items are. */
  readonly item: ColumnType | undefined
  /** What rows are compared by, as SQL. */
  readonly key: string
  /** Whether the values are texts of times, of which `key` makes what sorts as they do. */
  readonly time: boolean
  /** Whether a null in the column is shown as null, rather than as a member left out. */
  readonly showsNull: boolean
}

/** SQL, with the values that each takes. Where rows have an owner, the account's id comes last. */
interface Statements {
  /** id */
  readonly get: string
  /** The same in a unit, which others run beside: the row stays as it is until the unit is over. id */
  readonly take: string
  /** The same, and meanwhile nothing may refer to it. id */
  readonly takeWhole: string
  /** id */
  readonly exists: string
  /** The same where others run beside: it stays there. id */
  readonly stays: string
  /** What follows the table where a row is found. id */
  readonly where: string
  /** the columns */
  readonly insert: Insert
  /** the columns */
  readonly update: string
  /** id */
  readonly delete: string
  /** id. Comes before `delete`; undefined where nothing follows. */
  readonly putDown: string | undefined
}

/**
 * @param existing the columns of the table; none where it is yet to be created.
 * @throws DefinitionError where the schema is not an object of columns.
 */
export function planTable(
  resource: Resource,
  dialect: Dialect,
  write: (row: object) => string,
  existing: readonly Column[] = [],
): Table {
  const found = new Map(existing.map(column => [column.name, column]))
  const nativeOf = (name: string, type: ColumnType): Native | undefined => {
    const column = found.get(name)
    return column && dialect.native(column.type, type)
  }
  const columns = columnsOf(resource).map(
    (column): TableColumn => withExisting(column, found.get(column.name), nativeOf(column.name, column.type)),
  )
  const idNative = nativeOf('id', 'text')
  const ownerNative = nativeOf(resource.owner, 'text')
  return {
    resource,
    dialect,
    columns,
    statements: statementsOf(resource, columns),
    serverMade: serverMade(resource),
    isForeign: columns.some(({ native, given }) => native !== undefined || given !== 'always'),
    makesIds: idNative !== undefined,
    times: keptTimes(resource),
    watch: resource.watch ? watchOf(resource, columns) : undefined,
    write,
    decode(row) {
      const out: Record<string, unknown> = {}
      for (const column of columns) {
        const { name, showsNull } = column
        const value = row[name] ?? null
        if (value !== null) out[name] = decodeColumn(dialect, column, value)
        else if (showsNull) out[name] = null
      }
      return out
    },
    encode: row => columns.map(column => encodeColumn(resource, dialect, column, row)),
    idValue: id => taken(idNative, id) ?? null,
    ownerValue: account => taken(ownerNative, account) ?? null,
    accountOf: held => (ownerNative !== undefined || typeof held === 'string' ? keyText(held) : undefined),
  }
}

/** A value as the column takes it; undefined where none of its values could be this one. */
export const taken = (native: Native | undefined, value: Value): Value | undefined =>
  native === undefined || value === null ? value : native.take(value)

/** A key of a row: an id, or what refers to one. An integer is known by its digits. */
export const keyText = (value: Value | undefined): string | undefined =>
  value === null || value === undefined || value instanceof Uint8Array ? undefined : String(value)

/** The value of a column. @throws InvalidValue where it cannot hold that of the row. */
export function encodeColumn(
  resource: Resource,
  dialect: Dialect,
  column: TableColumn,
  row: { readonly [name: string]: unknown },
): Value {
  const found = taken(column.native, dialect.encode(row[column.name] ?? null, column.type))
  if (found !== undefined) return found
  const message = "The table's column cannot hold this value"
  throw new InvalidValue(resource.name, [{ path: [column.name], message }])
}

function decodeColumn(dialect: Dialect, { name, type, native }: TableColumn, value: Value): unknown {
  try {
    const decoded = dialect.decode(value, type)
    return native !== undefined && type === 'text' ? keyText(value) : decoded
  } catch (error) {
    throw new Error(`the column '${name}' does not hold ${type}`, { cause: error })
  }
}

function watchOf({ name, table, owner }: Resource, columns: readonly TableColumn[]): Watch {
  const names = columns.map(column => column.name)
  return {
    name: watchName(name, { table, owner, columns }),
    table,
    columns: owner === 'shared' ? names : [...names, owner],
  }
}

/** A column as it is in a table that is there. */
function withExisting(
  column: TableColumn,
  existing: Column | undefined,
  native: Native | undefined,
): TableColumn {
  if (existing === undefined) return column
  const filled = column.nullable && !existing.nullable && existing.hasDefault
  const given = existing.generated ? 'never' : filled ? 'unless absent' : 'always'
  // What has a type of its own sorts by itself.
  return native === undefined
    ? { ...column, given }
    : { ...column, given, native, key: quoted(column.name), time: false }
}

function columnsOf(resource: Resource): readonly TableColumn[] {
  const place = `resource '${resource.name}'`
  const wire = wireOf(resource.schema, 'output', place)
  const shape = resolve(wire.shape, wire) as ObjectShape
  return shape.fields.map(field => {
    if (field.name === resource.owner) {
      throw new DefinitionError(
        place,
        `'${field.name}' is the owner's column and a field of the schema`,
        'Leave it out of the schema',
      )
    }
    return columnOf(field, wire)
  })
}

function columnOf(field: Field, wire: Wire): TableColumn {
  const shapes = alternatives(field.shape, wire)
  const hasNull = shapes.some(shape => isNull(shape) || shape.kind === 'any')
  const [list, ...others] = shapes.filter(shape => !isNull(shape))
  const items = list?.kind === 'array' && others.length === 0 ? list.items : undefined
  const { time = false } = comparingOf(field, wire) ?? {}
  return {
    name: field.name,
    type: commonType(shapes),
    native: undefined,
    given: 'always',
    nullable: hasNull || !field.required,
    item: items && commonType(alternatives(items, wire)),
    key: time ? timeKeySql(quoted(field.name)) : quoted(field.name),
    time,
    showsNull: hasNull,
  }
}

/** What has no one scalar type is kept as JSON text. */
function commonType(shapes: readonly Shape[]): ColumnType {
  const types = new Set(shapes.filter(shape => !isNull(shape)).map(typeOf))
  const [only] = types
  return types.size === 1 && only !== undefined ? only : 'json'
}

function typeOf(shape: Shape): ColumnType {
  switch (shape.kind) {
    case 'string':
      return 'text'
    case 'boolean':
      return 'boolean'
    case 'number':
      return shape.integer ? 'integer' : 'real'
    case 'literal': {
      const kinds = new Set(shape.values.map(value => typeof value))
      const numbers = shape.values.every(value => typeof value === 'number')
      if (kinds.size > 1) return 'json'
      if (numbers) return shape.values.every(Number.isSafeInteger) ? 'integer' : 'real'
      return kinds.has('boolean') ? 'boolean' : 'text'
    }
    default:
      return 'json'
  }
}

function statementsOf(resource: Resource, columns: readonly TableColumn[]): Statements {
  const table = `"${resource.table}"`
  const owner = resource.owner === 'shared' ? undefined : `"${resource.owner}"`
  const fields = columns.map(c => c.name)
  const names = fields.map(quoted)
  const where = (conditions: readonly string[], next: number): string => {
    const all = owner === undefined ? conditions : [...conditions, `${owner} = $${next}`]
    return all.length === 0 ? '' : ` where ${all.join(' and ')}`
  }
  const byId = where(['"id" = $1'], 2)
  const id = `"id" = $${columns.findIndex(c => c.name === 'id') + 1}`
  return {
    get: `select ${names.join(', ')} from ${table}${byId}`,
    take: `select ${names.join(', ')} from ${table}${byId} for no key update`,
    takeWhole: `select ${names.join(', ')} from ${table}${byId} for update`,
    exists: `select 1 from ${table}${byId}`,
    stays: `select 1 from ${table}${byId} for key share`,
    where: byId,
    insert: createInsert(resource.table, owner === undefined ? fields : [...fields, resource.owner]),
    update: `update ${table} set ${names.map((name, i) => `${name} = $${i + 1}`).join(', ')}${where([id], names.length + 1)}`,
    delete: `delete from ${table}${byId}`,
    putDown: resource.deletedIds && `insert into ${resource.deletedIds} (id) select id from ${table}${byId}`,
  }
}

/** What a query for rows begins with: the columns of what is shown, and of what else it takes to show it, and the table. */
export function selectSql(
  { resource, columns }: Table,
  { fields, expand = [] }: Selection,
  others: readonly string[] = [],
): string {
  const shown = new Set(fields && ['id', ...fields, ...others])
  for (const name of expansionsIn(expand).keys()) shown.add(resource.relations[name]?.by ?? '')
  const names = columns.filter(({ name }) => fields === undefined || shown.has(name))
  return `select ${names.map(({ name }) => quoted(name)).join(', ')} from "${resource.table}"`
}

/**
 * Of times in UTC, `…T08:10:00Z` and `…T08:10:00.000Z` are the same: without the zeros at their ends they are one text, and
 * times sort as these texts do. They are cut because they stand in cursors.
 */
const timeKeySql = (column: string): string => `substr(rtrim(${column}, 'Z0.'), 1, ${TIME_KEY_LENGTH})`
const TIME_KEY_LENGTH = 40

/** The key of a time as it is stored. */
export const storedTimeKey = (time: string): string => time.replace(/[Z0.]+$/, '').slice(0, TIME_KEY_LENGTH)

/** The key of a time of any zone. */
export function timeKey(time: string): string {
  const [, clock = '', fraction = '', zone = ''] = /^(.{19})(\.\d+)?([+-]\d\d:\d\d)?/.exec(time) ?? []
  const at = zone === '' ? Number.NaN : Date.parse(clock + zone)
  const utc = Number.isNaN(at) ? clock.toUpperCase() : new Date(at).toISOString().slice(0, clock.length)
  return storedTimeKey(`${utc}${fraction}Z`)
}
