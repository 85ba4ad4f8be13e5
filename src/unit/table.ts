import {
  DefinitionError,
  type Field,
  type ObjectShape,
  type Resource,
  resolve,
  type Shape,
  type Wire,
  wireOf,
} from '../contract/index.ts'
import type { ColumnType, Dialect, Row, Value, Watch } from '../store/index.ts'
import { watchName } from './watch/name.ts'

/** How a resource's rows lie in its table: made once at start, pure. */
export interface Table {
  readonly resource: Resource
  readonly dialect: Dialect
  readonly columns: readonly TableColumn[]
  readonly statements: Statements
  /** What its changes are filed under; undefined where the table is not watched. */
  readonly watch: Watch | undefined
  /** The row as handlers and callers see it. */
  decode(row: Row): object
  /** The values of `columns`, in order. */
  encode(row: { readonly [name: string]: unknown }): Value[]
  /** The row's JSON as the API shows it, checked against the schema. */
  write(row: object): string
}

export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
  /** Whether the column can be null: the field is optional, or null is one of its values. */
  readonly nullable: boolean
  /** Whether a null in the column is shown as null, rather than as a member left out. */
  readonly showsNull: boolean
}

/** SQL, with the values that each takes. Where rows have an owner, the account's id comes last. */
interface Statements {
  /** id */
  readonly get: string
  /** Newest first: how many; the id to continue after, if any; the values of the named columns */
  readonly list: (after: boolean, equal: readonly string[], empty: readonly string[]) => string
  /** the columns */
  readonly insert: string
  /** the columns */
  readonly update: string
  /** id */
  readonly delete: string
}

/** @throws DefinitionError where the schema is not an object of columns. */
export function planTable(resource: Resource, dialect: Dialect, write: (row: object) => string): Table {
  const columns = columnsOf(resource)
  return {
    resource,
    dialect,
    columns,
    statements: statementsOf(resource, columns),
    watch: resource.watch ? watchOf(resource, columns) : undefined,
    write,
    decode(row) {
      const out: Record<string, unknown> = {}
      for (const { name, type, showsNull } of columns) {
        const value = row[name] ?? null
        if (value !== null) out[name] = decodeColumn(dialect, name, value, type)
        else if (showsNull) out[name] = null
      }
      return out
    },
    encode: row => columns.map(({ name, type }) => dialect.encode(row[name] ?? null, type)),
  }
}

function decodeColumn(dialect: Dialect, name: string, value: Value, type: ColumnType): unknown {
  try {
    return dialect.decode(value, type)
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
  const values = shapes.filter(shape => !isNull(shape))
  const hasNull = shapes.some(shape => isNull(shape) || shape.kind === 'any')
  const types = new Set(values.map(typeOf))
  const [only] = types
  return {
    name: field.name,
    // What has no one scalar type is kept as JSON text.
    type: types.size === 1 && only !== undefined ? only : 'json',
    nullable: hasNull || !field.required,
    showsNull: hasNull,
  }
}

function alternatives(shape: Shape, wire: Wire): readonly Shape[] {
  const plain = resolve(shape, wire)
  return plain.kind === 'union' ? plain.of.flatMap(member => alternatives(member, wire)) : [plain]
}

const isNull = (shape: Shape): boolean =>
  shape.kind === 'null' || (shape.kind === 'literal' && shape.values.every(value => value === null))

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
  const names = columns.map(c => quoted(c.name))
  const written = owner === undefined ? names : [...names, owner]
  const select = `select ${names.join(', ')} from ${table}`
  const where = (conditions: readonly string[], next: number): string => {
    const all = owner === undefined ? conditions : [...conditions, `${owner} = $${next}`]
    return all.length === 0 ? '' : ` where ${all.join(' and ')}`
  }
  const list = (after: boolean, equal: readonly string[], empty: readonly string[]): string => {
    const valued = [...(after ? ['"id" <'] : []), ...equal.map(name => `${quoted(name)} =`)]
    const conditions = [
      ...valued.map((c, i) => `${c} $${i + 2}`),
      ...empty.map(name => `${quoted(name)} is null`),
    ]
    return `${select}${where(conditions, valued.length + 2)} order by "id" desc limit $1`
  }
  const id = `"id" = $${columns.findIndex(c => c.name === 'id') + 1}`
  return {
    get: select + where(['"id" = $1'], 2),
    list,
    insert: `insert into ${table} (${written.join(', ')}) values (${written.map((_, i) => `$${i + 1}`).join(', ')})`,
    update: `update ${table} set ${names.map((name, i) => `${name} = $${i + 1}`).join(', ')}${where([id], written.length)}`,
    delete: `delete from ${table}${where(['"id" = $1'], 2)}`,
  }
}

/** A column's name as SQL has it: a schema may name its fields as it likes. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
