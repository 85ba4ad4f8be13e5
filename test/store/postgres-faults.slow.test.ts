import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '../../scripts/postgres.ts'
import { type Store, StoreBusy, type Tx } from '../../src/store/index.ts'
import { type PostgresOptions, postgres } from '../../src/store/postgres/index.ts'
import { type Database, freshDatabase } from '../postgres.ts'
import { startProxy } from './proxy.ts'

interface Site extends AsyncDisposable {
  readonly database: Database
  readonly store: Store
  ids(): Promise<unknown[]>
}

async function open(options: PostgresOptions = {}, through = (url: string) => url): Promise<Site> {
  const database = await freshDatabase()
  await database.query('create table items (id text primary key, n bigint)')
  const store = await postgres(through(database.url), options)()
  return {
    database,
    store,
    ids: async () => (await database.query('select id from items order by id')).rows.map(row => row.id),
    async [Symbol.asyncDispose]() {
      await store.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

const insert = (id: string) => (tx: Tx) => tx.run('insert into items (id) values ($1)', id)
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'signalbox' and datname = current_database()`

test('connections that the server ends cost no unit: each runs again, and once', async () => {
  // On a busy machine little is done between one end and the next.
  await using site = await open({ patienceMs: 60_000 })
  const { store, database } = site
  let done = false
  const ending = (async () => {
    for (let i = 0; !done; i++) {
      await database.query(TERMINATE)
      await sleep(30 + (i % 5) * 10)
    }
  })()
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const id = `${round}-${String(i).padStart(2, '0')}`
        return store.unit(
          async tx => {
            assert.equal(await tx.get('select 1 from items where id = $1', id), undefined)
            await insert(id)(tx)
          },
          `scope ${i % 4}`,
        )
      }),
    )
  }
  done = true
  await ending
  assert.equal((await site.ids()).length, 200)
  assert.equal(Number((await store.read.get('select count(*) as n from items'))?.['n']), 200)
})

test('a commit whose answer is lost is neither done twice nor told as a failure', async () => {
  await using database = await freshDatabase()
  await database.query('create table items (id text primary key, n bigint)')
  await using proxy = await startProxy(database.url)
  const store = await postgres(proxy.url)()
  let cuts = 0
  for (let i = 0; i < 5; i++) {
    // Said by the simple protocol, in a message of its own.
    proxy.cutAfter = said => {
      if (!said.includes('commit\0')) return false
      proxy.cutAfter = undefined
      cuts++
      return true
    }
    let runs = 0
    await store.unit(async tx => {
      runs++
      await insert(`lost-${i}`)(tx)
    })
    assert.equal(runs, 1)
  }
  assert.equal(cuts, 5)
  assert.equal((await database.query('select id from items')).rows.length, 5)
  await store.close()
})

test('what became of a commit is found out where all connections are lost at once', async () => {
  await using database = await freshDatabase()
  await database.query('create table items (id text primary key, n bigint)')
  await using proxy = await startProxy(database.url)
  const store = await postgres(proxy.url, { connections: 2 })()
  let said = 0
  proxy.cutAfter = text => text.includes('commit\0') && ++said <= 2
  await Promise.all(['a', 'b'].map(id => store.unit(insert(id), `scope ${id}`)))
  assert.ok(said >= 2)
  const { rows } = await database.query('select id from items order by id')
  assert.deepEqual(
    rows.map(row => row.id),
    ['a', 'b'],
  )
  await store.close()
})

test('a way that goes silent is given up in time, and units go on when it is back', async () => {
  await using database = await freshDatabase()
  await database.query('create table items (id text primary key, n bigint)')
  await using proxy = await startProxy(database.url)
  const store = await postgres(proxy.url, { patienceMs: 1_500, answerMs: 1_000 })()
  await store.unit(insert('before'))
  proxy.mode = 'silent'
  const begun = performance.now()
  await assert.rejects(store.unit(insert('during')), StoreBusy)
  await assert.rejects(store.read.get('select 1 as one'), StoreBusy)
  assert.ok(performance.now() - begun < 12_000, `${performance.now() - begun} ms`)
  proxy.mode = 'open'
  proxy.cut()
  await store.unit(insert('later'))
  const ids = (await database.query('select id from items order by id')).rows.map(row => row.id)
  assert.deepEqual(ids, ['before', 'later'])
  await store.close()
})

test('a server that is restarted costs no unit that waits for it', async () => {
  await using cluster = await startCluster()
  const store = await postgres(cluster.url, { patienceMs: 20_000 })()
  await store.unit(tx => tx.run('create table items (id text primary key, n bigint)'))
  const units = Array.from({ length: 50 }, (_, i) =>
    sleep(i * 40).then(() => store.unit(insert(`i${i}`), `scope ${i % 3}`)),
  )
  await sleep(500)
  await cluster.restart()
  await Promise.all(units)
  assert.equal((await store.read.all('select id from items')).length, 50)
  await store.close()
})

test('a process that is stopped within a unit holds up the others of its scope for no longer than they wait (fault 4)', async () => {
  await using site = await open()
  const child = spawn(process.execPath, [
    '--conditions=signalbox-source',
    new URL('./children/sleeper.ts', import.meta.url).pathname,
    site.database.url,
  ])
  child.stderr.pipe(process.stderr)
  const ended = once(child, 'exit')
  try {
    await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    const begun = performance.now()
    await site.store.unit(insert('other'), 'the scope')
    assert.ok(performance.now() - begun < 6_000)
    child.kill('SIGCONT')
    assert.deepEqual(await ended, [0, null])
    // What it was at was undone, and ran again.
    assert.deepEqual(await site.ids(), ['other', 'sleeper'])
  } finally {
    child.kill('SIGKILL')
  }
})
