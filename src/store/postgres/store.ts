import { type Clock, createHistogram, type Random, systemClock, systemRandom } from '../../base/index.ts'
import type { Store, StoreFigures } from '../port.ts'
import { checkAddress } from './address.ts'
import { readColumns } from './columns.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import { dialect } from './dialect.ts'
import { openNews } from './news.ts'
import { createOwn } from './own.ts'
import { createPool } from './pool.ts'
import { createReads } from './reader.ts'
import { createUnits } from './units.ts'

export interface PostgresOptions {
  readonly clock?: Clock
  readonly random?: Random
  /** How long a unit waits for a lock, or for a server that does not answer, then `StoreBusy`. Default: 5,000. */
  readonly patienceMs?: number
  /** How long a statement may take: its connection is dropped then. Default: 60,000. */
  readonly answerMs?: number
  /** Connections for units. Three more are for reads. Default: 8. */
  readonly connections?: number
}

export async function openStore(url: string, options: PostgresOptions): Promise<Store> {
  const {
    clock = systemClock,
    random = systemRandom,
    patienceMs = 5_000,
    answerMs = 60_000,
    connections = 8,
  } = options
  const connection: ConnectionOptions = {
    url,
    name: 'signalbox',
    lockMs: patienceMs,
    // Shorter than others wait: what a process that stands still holds is free before they give up.
    idleMs: Math.max(1, Math.floor(patienceMs * 0.8)),
    answerMs,
  }
  checkAddress(url)
  await prepare(connection)
  const figures: StoreFigures = {
    commitUnits: createHistogram([1, 2, 4, 8, 16, 32, 64, 128]),
    flushSeconds: createHistogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]),
    size: async () => Number((await reads.get(SIZE))?.['size']),
  }
  const pool = createPool(connection, connections)
  const units = createUnits({
    pool,
    clock,
    random,
    patienceMs,
    onCommit(units, seconds) {
      figures.commitUnits.record(units)
      figures.flushSeconds.record(seconds)
    },
  })
  const news = openNews(connection)
  const reads = createReads({ connection, pool, clock, random, patienceMs })
  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    await Promise.all([units.close(), reads.close(), news.close()])
    await pool.close()
  }
  return {
    dialect,
    read: reads,
    peek: reads,
    unit: (work, scope = '', kind = 'any') => units.run(work, scope, kind),
    own: createOwn({ read: reads, clock }),
    news,
    figures,
    columns: table => readColumns(reads, table),
    close: () => (closing ??= close()),
  }
}

const SIZE = 'select pg_database_size(current_database()) as size'

/** What must be there before the first unit. @throws Error that says what is wrong with the database, and the mend. */
async function prepare(options: ConnectionOptions): Promise<void> {
  let connection: Connection
  try {
    connection = await connect(options)
  } catch (error) {
    const { code = '' } = error as { readonly code?: string }
    const mend = MENDS[code] === undefined ? '' : `. ${MENDS[code]}`
    throw new Error(
      `the database at ${withoutPassword(options.url)} cannot be used: ${messageOf(error)}${mend}`,
      { cause: error },
    )
  }
  try {
    const [row] = (await connection.query(ABOUT, [])).rows
    const version = Number(row?.['version'])
    if (version < OLDEST) {
      throw new Error(
        `the database is PostgreSQL ${Math.floor(version / 10_000)}. Signalbox needs ${OLDEST / 10_000} or newer`,
      )
    }
    if (row?.['encoding'] !== 'UTF8') {
      throw new Error(
        `the database's encoding is ${String(row?.['encoding'])}. Make one with: create database … encoding 'UTF8'`,
      )
    }
    const role = String(row['role'])
    if (row['has_schema'] !== 1) {
      if (row['may_create'] !== 1) {
        throw new Error(
          `the role ${role} may not make the schema 'signalbox'. As an administrator, run: create schema signalbox authorization ${role}`,
        )
      }
      await connection.control('create schema if not exists signalbox')
    } else if (row['may_use'] !== 1) {
      throw new Error(
        `the role ${role} may not use the schema 'signalbox'. As its owner, run: grant usage on schema signalbox to ${role}`,
      )
    }
  } finally {
    await connection.close()
  }
}

const MENDS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'Nothing listens there: start the server, or correct the host and the port',
  ENOTFOUND: 'Correct the host: no address is known of it',
  ENOENT: 'Correct the folder of the socket: no server listens in it',
  '28P01': 'Correct the role or its password (in a URL # is %23, / is %2F, @ is %40)',
  '3D000': "As an administrator, run: create database … encoding 'UTF8' template template0",
}

const OLDEST = 140_000
const ABOUT = `select current_setting('server_version_num')::int as version, pg_encoding_to_char(encoding) as encoding,
  quote_ident(current_user) as role, has_database_privilege(current_database(), 'create') as may_create,
  to_regnamespace('signalbox') is not null as has_schema,
  coalesce(has_schema_privilege(to_regnamespace('signalbox'), 'usage'), false) as may_use
  from pg_database where datname = current_database()`

const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

/** For messages. */
function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    parsed.password = ''
    for (const name of parsed.searchParams.keys()) if (name === 'password') parsed.searchParams.delete(name)
    return parsed.href
  } catch {
    return 'DATABASE_URL'
  }
}
