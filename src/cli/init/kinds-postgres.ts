import type { FoundColumn } from './catalog.ts'
import { type Kind, listed, textKind, type Unfit } from './kind.ts'

/** Types whose values are as they are, by their names without what stands in parentheses. */
const PLAIN: { readonly [type: string]: Kind | undefined } = {
  smallint: { schema: 'z.int()', filter: true, sort: true },
  integer: { schema: 'z.int()', filter: true, sort: true },
  bigint: { schema: 'Int64', shared: 'Int64', filter: true, sort: true },
  real: { schema: 'z.number()', filter: true, sort: true },
  'double precision': { schema: 'z.number()', filter: true, sort: true },
  numeric: { schema: 'Decimal', shared: 'Decimal', filter: true, sort: true },
  boolean: { schema: 'z.boolean()', filter: true, sort: true },
  uuid: { schema: 'z.guid()', filter: true, sort: true },
  date: { schema: 'z.iso.date()', filter: true, sort: true },
  'timestamp with time zone': { schema: 'z.iso.datetime()', filter: true, sort: true },
  'timestamp without time zone': { schema: 'z.iso.datetime()', filter: true, sort: true },
  json: { schema: 'Json', shared: 'Json', filter: false, sort: false },
  jsonb: { schema: 'Json', shared: 'Json', filter: false, sort: false },
}

/** Types that lists can hold. Of the others an item is not read as it is written. */
const ITEMS: ReadonlySet<string> = new Set([
  'smallint',
  'integer',
  'bigint',
  'real',
  'double precision',
  'numeric',
  'boolean',
  'uuid',
  'date',
  'timestamp with time zone',
  'timestamp without time zone',
  'text',
  'character varying',
])

/** Lists of these can be asked for what they contain. Any text is one of theirs. */
const CONTAINED: ReadonlySet<string> = new Set(['text', 'character varying', 'integer', 'enum'])

export function postgresKind(column: FoundColumn): Kind | Unfit {
  const { type, values } = column
  if (type.endsWith('[]')) return list(column)
  if (type.startsWith('enum ')) {
    // Values of an enum have its order, which nobody else knows.
    if (values !== undefined) return { schema: listed(values), filter: true, sort: false }
  }
  const { base, length } = parts(type)
  if (base === 'text' || base === 'citext' || base === 'character varying') {
    if (values !== undefined) return { schema: listed(values), filter: true, sort: false }
    return textKind(length)
  }
  if (base === 'character' && length !== undefined) {
    if (values?.every(value => value.length === length) === true)
      return { schema: listed(values), filter: true, sort: false }
    return { ...textKind(length), schema: `z.string().length(${length})` }
  }
  const plain = PLAIN[base]
  if (plain === undefined) return unfit(column)
  if (column.minimum === undefined || plain.schema !== 'z.int()') return plain
  return { ...plain, schema: `z.int().min(${column.minimum})` }
}

function list(column: FoundColumn): Kind | Unfit {
  const type = column.type.slice(0, -2)
  if (type.endsWith('[]')) {
    return {
      why: `it is a list of lists (${type.replace(/^enum /, '')}[])`,
      mend: `make a view with to_jsonb(${sqlName(column.name)}) in its place`,
    }
  }
  const { base } = parts(type)
  const isEnum = type.startsWith('enum ')
  if (!isEnum && !ITEMS.has(base)) return unfit(column)
  const item = postgresKind({ ...column, type, minimum: undefined })
  if ('why' in item) return item
  return {
    ...item,
    schema: `z.array(${item.schema})`,
    filter: CONTAINED.has(isEnum ? 'enum' : base),
    sort: false,
  }
}

const unfit = ({ name, type }: FoundColumn): Unfit => ({
  why: `its type is ${type}, which has no form in JSON that keeps what it says`,
  mend:
    type === 'bytea'
      ? 'share its bytes as a file, or make a view that encodes them as text'
      : `make a view that shows it as text: ${sqlName(name)}::text as ${sqlName(name)}`,
})

const sqlName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`

/** `character varying(20)`, `timestamp(3) with time zone`. */
function parts(type: string): { readonly base: string; readonly length: number | undefined } {
  const [, number] = /\((\d+)(?:,-?\d+)?\)/.exec(type) ?? []
  return { base: type.replace(/\([^)]*\)/, ''), length: number === undefined ? undefined : Number(number) }
}
