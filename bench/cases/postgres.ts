import pg from 'pg'
import type { Case, Open } from '../measure.ts'
import { LOAD_CORE } from '../processes.ts'
import { startPostgres } from '../servers/postgres.ts'
import { measureDeliveries } from './deliveries.ts'
import { type Kind, kinds, measureKind } from './kinds.ts'

/** Each subject, its program, and where it makes articles. */
const subjects: readonly (readonly [subject: string, file: string, posts: string])[] = [
  ['fastify', 'fastify-postgres.ts', '/articles'],
  ['signalbox', 'signalbox-postgres.ts', '/articles'],
]
const handler = ['signalbox (handler)', 'signalbox-postgres.ts', '/handled'] as const

/** Of the case in which several write at once. */
const ACCOUNTS = 16

/**
 * The requests of `kit` and the deliveries of `deliveries`, all of them on one PostgreSQL, which runs on both cores beside subject
 * and load.
 */
export const postgres: Open = async ({ seconds, jobs }) => {
  const server = await startPostgres()
  let databases = 0
  const fresh = (): Promise<string> => server.database(`bench_${++databases}`)
  const requests = (kind: Kind, name: string = kind.name, accounts = 1): Case => ({
    name,
    baseline: 'fastify',
    entrants: [...subjects, ...(kind.name === 'post' ? [handler] : [])].map(([subject, file, posts]) => ({
      subject,
      run: async () =>
        measureKind(file, kind, seconds, {
          DATABASE_URL: await fresh(),
          POSTS: posts,
          ACCOUNTS: String(accounts),
        }),
    })),
  })
  const ofAccounts = kinds
    .filter(({ name }) => name === 'post')
    .map(kind => requests(kind, `${ACCOUNTS} accounts`, ACCOUNTS))
  const sender = (subject: string, file: string, environment: { readonly [name: string]: string } = {}) => ({
    subject,
    run: async () => measureDeliveries(file, jobs, { ...environment, DATABASE_URL: await fresh() }),
  })
  const deliver: Case = {
    name: 'deliver',
    baseline: 'graphile',
    entrants: [
      sender('graphile', 'graphile-deliveries.ts'),
      sender('pg-boss', 'pg-boss-deliveries.ts'),
      sender('signalbox', 'signalbox-deliveries.ts'),
    ],
  }
  const two: Case = {
    name: 'two processes',
    baseline: 'signalbox (one)',
    entrants: [
      sender('signalbox (one)', 'signalbox-deliveries.ts'),
      sender('signalbox (two)', 'signalbox-deliveries.ts', { SECOND_CORE: String(LOAD_CORE) }),
    ],
  }
  /** While a transaction of somebody's keeps every dead row of the database from being taken away. */
  const pinned = (subject: string, file: string) => ({
    subject: `${subject} (pinned)`,
    run: async () => {
      const url = await fresh()
      await using _ = await pinVacuum(url)
      return await measureDeliveries(file, jobs, { DATABASE_URL: url })
    },
  })
  const vacuum: Case = {
    name: 'pinned vacuum',
    baseline: 'signalbox',
    entrants: [
      sender('signalbox', 'signalbox-deliveries.ts'),
      pinned('signalbox', 'signalbox-deliveries.ts'),
      pinned('graphile', 'graphile-deliveries.ts'),
    ],
  }
  return {
    cases: [...kinds.map(kind => requests(kind)), ...ofAccounts, deliver, two, vacuum],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Takes a snapshot and holds it. */
async function pinVacuum(url: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin isolation level repeatable read')
  await client.query('select 1')
  return { [Symbol.asyncDispose]: () => client.end() }
}
