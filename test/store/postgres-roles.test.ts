import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import * as z from 'zod'
import { openApp } from '../../src/app/index.ts'
import { api, resource } from '../../src/contract/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { until } from '../e2e/client.ts'
import { type Database, freshDatabase, needsPostgres, onServer } from '../postgres.ts'

// Roles that have what docs/postgres.md says, and no more.

const Item = z.object({ id: z.string(), name: z.string() })
/** Its table is made at the start. */
const items = resource('item', { path: '/items', schema: Item, owner: 'account_id' })
/** The application's own, in which other programs write as well. */
const parts = resource('part', { path: '/parts', schema: Item, owner: 'account_id', watch: true })
const shop = api({ title: 'Shop', version: '1', resources: [items, parts] })
const PARTS = 'create table parts (id text primary key, name text not null, account_id text not null)'

interface Roles extends AsyncDisposable {
  readonly database: Database
  /** Makes tables. */
  readonly owner: string
  /** Runs, and makes none. */
  readonly app: string
  grant(...statements: string[]): Promise<void>
  openAs(role: string): Promise<Awaited<ReturnType<typeof openApp>>>
  readonly failures: unknown[]
}

/** Two roles that may connect, and nothing else. */
async function roles(): Promise<Roles> {
  const database = await freshDatabase()
  const mark = randomBytes(6).toString('hex')
  const [owner, app] = [`owner_${mark}`, `app_${mark}`]
  for (const role of [owner, app]) await database.query(`create role ${role} login`)
  const failures: unknown[] = []
  return {
    database,
    owner,
    app,
    failures,
    async grant(...statements) {
      for (const statement of statements) await database.query(statement)
    },
    openAs(role) {
      const url = new URL(database.url)
      url.username = role
      return openApp(shop, { store: postgres(url.href), failed: error => void failures.push(error) })
    },
    async [Symbol.asyncDispose]() {
      // A role goes when nothing is left in a database that is its own, or granted to it. Roles are the whole server's.
      await database[Symbol.asyncDispose]()
      await onServer(`drop role ${owner}, ${app}`)
    },
  }
}

/** What a program does all day: rows, an event that another program causes, and the log of events in order. */
async function use({ database, failures }: Roles, app: Awaited<ReturnType<typeof openApp>>): Promise<void> {
  const account = await app.accounts.create('Ann')
  const made = await app.unit(account, ({ on }) => on(items).create({ name: 'one' }))
  await app.unit(account, ({ on }) => on(items).patch(made.id, { name: 'two' }))
  await app.unit(account, ({ on }) => on(items).delete(made.id))
  await database.query('insert into parts values ($1, $2, $3)', [`part of ${account}`, 'three', account])
  const numbered = async () =>
    (
      await database.query(
        'select type from signalbox.signalbox_events where account_id = $1 and position is not null order by position',
        [account],
      )
    ).rows.map(row => row.type)
  assert.deepEqual(await until(numbered, types => types.length === 4, 'events with numbers'), [
    'item.created',
    'item.updated',
    'item.deleted',
    'part.created',
  ])
  assert.deepEqual(failures, [])
}

const skip = needsPostgres()

test('a role that may not create a schema is told which statement an administrator runs', {
  skip,
}, async () => {
  await using site = await roles()
  const { owner, app } = site
  await assert.rejects(site.openAs(owner), {
    message: `the role ${owner} may not make the schema 'signalbox'. As an administrator, run: create schema signalbox authorization ${owner}`,
  })
  await site.grant(`create schema signalbox authorization ${owner}`)
  await assert.rejects(site.openAs(app), {
    message: `the role ${app} may not use the schema 'signalbox'. As its owner, run: grant usage on schema signalbox to ${app}`,
  })
})

test('a role without rights on the database works in a schema that an administrator made for it', {
  skip,
}, async () => {
  await using site = await roles()
  const { owner } = site
  await site.grant(
    `create schema signalbox authorization ${owner}`,
    `grant usage, create on schema public to ${owner}`,
    PARTS,
    `alter table parts owner to ${owner}`,
  )
  const app = await site.openAs(owner)
  await use(site, app)
  await app.close()
})

test('a role that created nothing runs on tables that another has made, and can make none', {
  skip,
}, async () => {
  await using site = await roles()
  const { owner, app: role } = site
  await site.grant(
    `create schema signalbox authorization ${owner}`,
    `grant usage, create on schema public to ${owner}`,
    PARTS,
    `alter table parts owner to ${owner}`,
    // Before the first start, so that they hold for each table that a later version makes.
    `grant usage on schema signalbox, public to ${role}`,
    `alter default privileges for role ${owner} grant select, insert, update, delete on tables to ${role}`,
    `alter default privileges for role ${owner} grant usage on sequences to ${role}`,
    `grant select, insert, update, delete on parts to ${role}`,
  )
  await (await site.openAs(owner)).close()
  const app = await site.openAs(role)
  await use(site, app)
  const { rows } = await site.database.query(
    `select has_schema_privilege($1, 'signalbox', 'create') or has_schema_privilege($1, 'public', 'create') as may,
      (select count(*)::int from pg_class where relowner = $1::regrole) as owned`,
    [role],
  )
  assert.deepEqual(rows, [{ may: false, owned: 0 }])
  await app.close()
})

test('a database that is not there is told with the statement that makes it', { skip }, async () => {
  await using database = await freshDatabase()
  const url = new URL(database.url)
  url.pathname = '/nowhere'
  await assert.rejects(
    openApp(shop, { store: postgres(url.href), work: false }),
    /\/nowhere.* cannot be used: .*"nowhere" does not exist\. As an administrator, run: create database/,
  )
})
