import { PrismaPg } from '@prisma/adapter-pg'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { AsyncConnection } from '../../src/store/index.ts'
import { createPrismaClient } from './own-prisma.ts'

// The libraries from which applications have their transactions, each used as its documents say.

export interface Library {
  readonly name: string
  open(url: string): Promise<Database>
}

/** A database as the application has it. */
export interface Database {
  /** Commits what the work did, or undoes it where it rejects. */
  transaction<T>(work: (within: Within) => Promise<T>): Promise<T>
  /** What is in no transaction, and looks like one. */
  readonly bare: AsyncConnection
  close(): Promise<void>
}

export interface Within {
  readonly tx: AsyncConnection
  run(text: string): Promise<unknown>
  /** Work that is undone alone where it rejects. */
  nested(work: (tx: AsyncConnection) => Promise<void>): Promise<void>
}

/** By a savepoint of one's own. */
const savepoint =
  (tx: AsyncConnection, run: Within['run']): Within['nested'] =>
  async work => {
    await run('savepoint inner_work')
    try {
      await work(tx)
    } catch (error) {
      await run('rollback to savepoint inner_work')
      throw error
    }
  }

const openPool = (url: string): pg.Pool => new pg.Pool({ connectionString: url, max: 3 })

async function inClient<T>(client: pg.ClientBase, work: (within: Within) => Promise<T>): Promise<T> {
  const run = (text: string) => client.query(text)
  await client.query('begin')
  try {
    const value = await work({ tx: client, run, nested: savepoint(client, run) })
    await client.query('commit')
    return value
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

const pgClient: Library = {
  name: 'pg, a client',
  async open(url) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return {
      transaction: work => inClient(client, work),
      bare: client,
      close: () => client.end(),
    }
  },
}

const pgPool: Library = {
  name: 'pg, a client of a pool',
  async open(url) {
    const pool = openPool(url)
    return {
      async transaction(work) {
        const client = await pool.connect()
        try {
          return await inClient(client, work)
        } finally {
          client.release()
        }
      },
      bare: pool,
      close: () => pool.end(),
    }
  },
}

interface Tables {
  orders: { id: string; cents: number }
}

// With a plugin that gives other names to what comes back.
const openKysely = (url: string): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: openPool(url) }),
    plugins: [new CamelCasePlugin()],
  })

const kysely: Library = {
  name: 'Kysely, a transaction',
  async open(url) {
    const db = openKysely(url)
    return {
      transaction: work =>
        db.transaction().execute(tx => {
          const run = (text: string) => tx.executeQuery(CompiledQuery.raw(text))
          return work({ tx, run, nested: savepoint(tx, run) })
        }),
      bare: db,
      close: () => db.destroy(),
    }
  },
}

const kyselyControlled: Library = {
  name: 'Kysely, a controlled transaction',
  async open(url) {
    const db = openKysely(url)
    return {
      async transaction(work) {
        const tx = await db.startTransaction().execute()
        const run = (text: string) => tx.executeQuery(CompiledQuery.raw(text))
        try {
          const value = await work({
            tx,
            run,
            async nested(inner) {
              const before = await tx.savepoint('inner_work').execute()
              try {
                await inner(before)
              } catch (error) {
                await before.rollbackToSavepoint('inner_work').execute()
                throw error
              }
            },
          })
          await tx.commit().execute()
          return value
        } catch (error) {
          await tx.rollback().execute()
          throw error
        }
      },
      bare: db,
      close: () => db.destroy(),
    }
  },
}

const drizzleTx: Library = {
  name: 'Drizzle',
  async open(url) {
    const pool = openPool(url)
    const db = drizzle(pool)
    return {
      transaction: work =>
        db.transaction(tx =>
          work({
            tx,
            run: text => tx.execute(sql.raw(text)),
            nested: inner => tx.transaction(deeper => inner(deeper)),
          }),
        ),
      bare: db,
      close: () => pool.end(),
    }
  },
}

const prisma: Library = {
  name: 'Prisma',
  async open(url) {
    const db = createPrismaClient(new PrismaPg({ connectionString: url }))
    return {
      transaction: work =>
        db.$transaction(tx => {
          const run = (text: string) => tx.$executeRawUnsafe(text)
          return work({ tx, run, nested: savepoint(tx, run) })
        }),
      bare: db,
      close: () => db.$disconnect(),
    }
  },
}

const knexTx: Library = {
  name: 'Knex',
  async open(url) {
    const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 3 } })
    return {
      transaction: work =>
        db.transaction(trx =>
          work({
            tx: trx,
            run: text => Promise.resolve(trx.raw(text)),
            nested: inner => trx.transaction(deeper => inner(deeper)),
          }),
        ),
      bare: db,
      close: () => db.destroy(),
    }
  },
}

export const libraries: readonly Library[] = [
  pgClient,
  pgPool,
  kysely,
  kyselyControlled,
  drizzleTx,
  prisma,
  knexTx,
]
