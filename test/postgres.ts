import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import pg from 'pg'
import { type Cluster, postgresPrograms, startCluster } from '../scripts/postgres.ts'

// Tests on PostgreSQL: each has a database of its own, on the server that DATABASE_URL names, else on that of the whole run
// (scripts/test.ts), else on one that is started for the file of the test.

let own: Promise<Cluster> | undefined
// At the end of the file: within a test it would be at the end of that.
after(async () => (await own)?.[Symbol.asyncDispose]())

/** Of a superuser's database on the server. */
async function serverUrl(): Promise<string> {
  const given = process.env['DATABASE_URL']
  if (given?.startsWith('postgres') === true) return given
  const shared = process.env['SIGNALBOX_TEST_POSTGRES']
  if (shared !== undefined) return shared
  own ??= startCluster()
  return (await own).url
}

/** Skips where there is no PostgreSQL; in CI that is a failure, so that the rules cannot go unnoticed. */
export const needsPostgres = (): string | false =>
  process.env['CI'] !== 'true' &&
  process.env['DATABASE_URL']?.startsWith('postgres') !== true &&
  postgresPrograms() === undefined &&
  'PostgreSQL is not installed'

/** It is dropped at the end of its scope. */
export interface Database extends AsyncDisposable {
  readonly url: string
  /** Runs a statement as a superuser would, on a connection of its own. */
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>
}

/** Of another order than that of bytes, as databases of applications have: upper and lower case stand side by side. */
const LOCALE = "template template0 locale_provider icu icu_locale 'en-US'"

/** An empty database. */
export const freshDatabase = async (): Promise<Database> => createDatabase(await serverUrl(), LOCALE)

/** Of the server that this run has started: nothing else is there, and it goes with the run. */
const MIGRATED = 'migrated'

/**
 * A database with Signalbox's own tables and nothing in them, as `fill` makes them of an empty one. Making them takes longer than most
 * tests, so they are made once for a server, and copied.
 */
export async function migratedDatabase(fill: (url: string) => Promise<void>): Promise<Database> {
  const shared = process.env['SIGNALBOX_TEST_POSTGRES']
  if (shared === undefined) {
    const database = await freshDatabase()
    await fill(database.url)
    return database
  }
  const client = new pg.Client({ connectionString: shared })
  await client.connect()
  try {
    // Other files of tests do the same at the same time.
    await client.query('select pg_advisory_lock(1)')
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [MIGRATED])
    if (rowCount === 0) {
      const made = await freshDatabase()
      await fill(made.url)
      await client.query(`alter database ${new URL(made.url).pathname.slice(1)} rename to ${MIGRATED}`)
    }
  } finally {
    await client.end()
  }
  return createDatabase(shared, `template ${MIGRATED}`)
}

async function createDatabase(server: string, options: string): Promise<Database> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asked(server, `create database ${name} ${options}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    query: (text, values) => asked(url.href, text, values),
    async [Symbol.asyncDispose]() {
      await asked(server, `drop database ${name} with (force)`)
    },
  }
}

/** Runs a statement on the server, for what is in no database. */
export const onServer = async (text: string): Promise<pg.QueryResult> => asked(await serverUrl(), text)

async function asked(url: string, text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(text, [...values])
  } finally {
    await client.end()
  }
}
