import { readFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { types } from '../src/store/postgres/types.ts'
import type { Location } from './store-at.ts'

/** A row as it lies in the database: flags and JSON are not made anything of. */
type StoredRow = Record<string, unknown>

/** A connection that another program has to the database: what it does, Signalbox is not told of. */
export interface OtherProgram extends AsyncDisposable {
  /** Runs one statement, with `$1`, `$2` … for values. */
  rows(sql: string, ...values: unknown[]): Promise<StoredRow[]>
  /** How the database would find what a statement asks for, step by step and in its own words. */
  plan(sql: string, ...values: unknown[]): Promise<string[]>
}

export async function otherProgram(location: Location): Promise<OtherProgram> {
  if (!location.startsWith('postgres:')) return onFile(location)
  const client = new pg.Client({ connectionString: location, application_name: 'other', types })
  // The database is dropped under it where a test has failed.
  client.on('error', () => undefined)
  await client.connect()
  await client.query('set search_path = public, signalbox')
  const rows = async (text: string, ...values: unknown[]) =>
    (await client.query<StoredRow>(text, values)).rows
  return {
    rows,
    async plan(sql, ...values) {
      // Of so few rows all are read, whatever index there is, where that is allowed.
      for (const way of ['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin'])
        await rows(`set enable_${way} = off`)
      const [row] = await rows(`explain (format json, costs off) ${sql}`, ...values)
      const [{ Plan }] = JSON.parse(String(row?.['QUERY PLAN'])) as [{ Plan: Step }]
      return stepsOf(Plan)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** Of a plan of PostgreSQL. */
interface Step {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Step[]
}

/** What reads tables, and what sorts: `Index Scan of books by books_account_id (account_id = ?)`. */
function stepsOf(step: Step): string[] {
  const { 'Node Type': kind, 'Relation Name': table, 'Index Name': index, 'Index Cond': condition } = step
  const bound = condition?.replaceAll(/'(?:[^']|'')*'::[a-z ]+(?:\[\])?|\b\d+\b|\$\d+/g, '?')
  const own = [kind, table && `of ${table}`, index && `by ${index}`, bound].filter(part => part !== undefined)
  const within = (step.Plans ?? []).flatMap(stepsOf)
  return table === undefined && !kind.endsWith('Sort') ? within : [own.join(' '), ...within]
}

function onFile(file: string): OtherProgram {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  const rows = async (sql: string, ...values: unknown[]) => {
    const statement = db.prepare(sql.replaceAll(/\$(\d+)/g, '?$1'))
    return statement.all(...(values as (string | number | null)[])).map(row => ({ ...row }))
  }
  return {
    rows,
    plan: async (sql, ...values) =>
      (await rows(`explain query plan ${sql}`, ...values)).map(({ detail }) => String(detail)),
    [Symbol.asyncDispose]: async () => db.close(),
  }
}

/** What one statement of another program gives. */
export async function rowsIn(location: Location, sql: string, ...values: unknown[]): Promise<StoredRow[]> {
  await using other = await otherProgram(location)
  return await other.rows(sql, ...values)
}

/** The first of these rows. */
export async function rowIn(
  location: Location,
  sql: string,
  ...values: unknown[]
): Promise<StoredRow | undefined> {
  const [row] = await rowsIn(location, sql, ...values)
  return row
}

/** The rows of every table, Signalbox's own included, by the table's name. */
export async function everyRowIn(location: Location): Promise<ReadonlyMap<string, readonly StoredRow[]>> {
  await using other = await otherProgram(location)
  const tables = location.startsWith('postgres:')
    ? "select tablename as name from pg_tables where schemaname in ('public', 'signalbox')"
    : "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
  const found = new Map<string, readonly StoredRow[]>()
  for (const { name } of await other.rows(tables))
    found.set(String(name), await other.rows(`select * from "${String(name)}"`))
  return found
}

/** What somebody finds who has the database: the bytes of its files, or every value of every table. */
export async function allThatLiesIn(location: Location): Promise<string> {
  if (location.startsWith('postgres:')) return JSON.stringify([...(await everyRowIn(location))])
  const files = await Promise.all(['', '-wal'].map(end => readFile(location + end, 'latin1')))
  return files.join('')
}
