import pg from 'pg'
import type { Catalog, FoundColumn, FoundReference, FoundTable } from './catalog.ts'
import { readCheck } from './checks.ts'

// Four queries of the catalogs, whatever the number of tables, in a transaction that can only read.

const CONNECT_MS = 10_000

/** @throws Error of the driver. */
export async function readPostgres(url: string): Promise<Catalog> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'signalbox init',
    connectionTimeoutMillis: CONNECT_MS,
  })
  // A connection that is lost rejects the query under way as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin transaction isolation level repeatable read read only')
    const relations = (await client.query<Relation>(RELATIONS)).rows
    const columns = Map.groupBy((await client.query<ColumnRow>(COLUMNS)).rows, row => row.relation)
    const keys = Map.groupBy((await client.query<Key>(KEYS)).rows, row => row.relation)
    const indexes = Map.groupBy((await client.query<Index>(INDEXES)).rows, row => row.relation)
    const found = relations.filter(({ visible }) => visible)
    return {
      engine: 'postgres',
      tables: found.map(relation => {
        const { oid } = relation
        return tableOf(relation, columns.get(oid) ?? [], keys.get(oid) ?? [], indexes.get(oid) ?? [])
      }),
      hidden: relations.filter(({ visible }) => !visible).map(({ schema, name }) => `${schema}.${name}`),
    }
  } finally {
    await client.end()
  }
}

interface Relation {
  readonly oid: string
  readonly schema: string
  readonly name: string
  readonly kind: string
  readonly comment: string | null
  readonly visible: boolean
}
interface ColumnRow {
  readonly relation: string
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly default: string | null
  readonly generated: boolean
  readonly labels: string[] | null
  readonly comment: string | null
}
interface Key {
  readonly relation: string
  readonly kind: 'p' | 'f' | 'c'
  readonly columns: string[]
  readonly target: string | null
  readonly targets: string[] | null
  readonly definition: string | null
}
interface Index {
  readonly relation: string
  readonly columns: (string | null)[]
  readonly unique: boolean
}

function tableOf(
  { name, kind, comment }: Relation,
  columns: readonly ColumnRow[],
  keys: readonly Key[],
  indexes: readonly Index[],
): FoundTable {
  const checks = keys.flatMap(key => (key.kind === 'c' ? (readCheck(key.definition ?? '') ?? []) : []))
  return {
    name,
    kind: kind === 'v' ? 'view' : 'table',
    comment: comment ?? undefined,
    columns: columns.map((row): FoundColumn => {
      const checked = checks.filter(({ column }) => column === row.name)
      return {
        name: row.name,
        type: row.type,
        nullable: row.nullable,
        default: row.default ?? undefined,
        generated: row.generated,
        values: row.labels ?? checked.find(({ values }) => values !== undefined)?.values,
        minimum: checked.find(({ minimum }) => minimum !== undefined)?.minimum,
        comment: row.comment ?? undefined,
      }
    }),
    primaryKey: keys.find(key => key.kind === 'p')?.columns ?? [],
    unique: indexes.flatMap(index =>
      index.unique && index.columns.length === 1 ? (index.columns[0] ?? []) : [],
    ),
    indexed: [
      ...new Set(indexes.flatMap(({ columns }) => columns.slice(0, 2).flatMap(column => column ?? []))),
    ],
    references: keys.flatMap((key): readonly FoundReference[] => {
      const [column, another] = key.columns
      const [target] = key.targets ?? []
      if (key.kind !== 'f' || column === undefined || another !== undefined) return []
      return key.target === null || target === undefined ? [] : [{ column, table: key.target, target }]
    }),
  }
}

/** Tables, views, partitioned and foreign tables; not the parts of partitioned ones, nor Signalbox's own. */
const RELATIONS = `select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relkind as kind,
    obj_description(c.oid, 'pg_class') as comment, pg_table_is_visible(c.oid) as visible
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and n.nspname not in ('information_schema', 'signalbox') and n.nspname not like 'pg\\_%'
    and c.relname not like 'signalbox\\_%'
  order by n.nspname, c.relname`

/** Of a domain the type that it is made of; an enum is said to be one, as the store says it. */
const COLUMNS = `select a.attrelid::text as relation, a.attname as name,
    case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod)
      when 'e' then 'enum ' || format_type(t.oid, null)
      else case when e.typtype = 'e' then 'enum ' else '' end || format_type(a.atttypid, a.atttypmod) end
      || repeat('[]', greatest(a.attndims, 1) - 1) as type,
    not (a.attnotnull or t.typtype = 'd' and t.typnotnull) as nullable,
    pg_get_expr(d.adbin, d.adrelid) as default,
    a.attgenerated <> '' or a.attidentity = 'a' as generated,
    (select array_agg(l.enumlabel::text order by l.enumsortorder) from pg_enum l
      where l.enumtypid in (t.oid, t.typelem)) as labels,
    col_description(a.attrelid, a.attnum) as comment
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
    left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_table_is_visible(c.oid)
    and a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum`

/** What is not validated says nothing of the rows that are there. */
const KEYS = `select k.conrelid::text as relation, k.contype as kind,
    (select array_agg(a.attname::text order by u.at) from unnest(k.conkey) with ordinality u(number, at)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
    case when pg_table_is_visible(f.oid) then f.relname end as target,
    (select array_agg(a.attname::text order by u.at) from unnest(k.confkey) with ordinality u(number, at)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) as targets,
    case k.contype when 'c' then pg_get_expr(k.conbin, k.conrelid) end as definition
  from pg_constraint k left join pg_class f on f.oid = k.confrelid
  where k.contype in ('p', 'f', 'c') and k.convalidated and k.conkey is not null and k.conrelid <> 0`

/** A partial index says nothing of the rows that it leaves out. */
const INDEXES = `select i.indrelid::text as relation, i.indisunique as unique,
    (select array_agg(a.attname::text order by u.at) from unnest(i.indkey) with ordinality u(number, at)
      left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.number
      where u.at <= i.indnkeyatts) as columns
  from pg_index i join pg_class c on c.oid = i.indrelid
  where i.indisvalid and i.indpred is null and pg_table_is_visible(c.oid)`
