import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LEASE_MS } from '../../src/work/index.ts'
import { bundled } from '../bundled.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { seeded } from '../e2e/seeded.ts'
import { everyRowIn, otherProgram, rowIn, rowsIn } from '../other-program.ts'
import { startFixture } from './fixture.ts'
import { books, library } from './library.ts'

// Long work of Signalbox's own, whose process is killed again and again in the middle of it. The server that asks for it works at
// nothing itself.

const KILLS = 2
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const LONG_AGO = '2001-01-01T00:00:00Z'

/** Works at what there is to do until its scope ends: then it is killed. */
async function startWorking(program: string, database: string, aheadMs: number): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, [program, database, String(aheadMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

interface Job {
  /** What the operation or task is called. */
  readonly type: string
  /** How far its progress comes, about. */
  readonly total: number
}

/** A server that works at nothing, and what works in its place and is killed. */
async function startKilled(t: TestContext) {
  t.diagnostic(`seed ${SEED} (SEED=${SEED} runs it again)`)
  const random = seeded(SEED)
  const stack = new AsyncDisposableStack()
  const fixture = stack.use(await startFixture(library, { work: false }))
  const { database, account, serving } = fixture
  const other = stack.use(await otherProgram(database))
  const receiver = stack.use(await startReceiver())
  const program = await bundled(new URL('./children/librarian.ts', import.meta.url))
  let started = 0
  // Each finds the leases of the one before it run out.
  const work = () => startWorking(program, database, started++ * (LEASE_MS + 1_000))
  const progressOf = async ({ type }: Job): Promise<number | undefined> => {
    const select = 'select progress from signalbox_operations where type = $1 and due_at is not null'
    const [row] = await other.rows(select, type)
    if (row === undefined) return undefined
    const { progress } = row
    return typeof progress === 'string' ? Number(JSON.parse(progress).done) : 0
  }
  return {
    ...fixture,
    receiver,
    random,
    work,
    /** Kills whoever is at the job, at moments between its beginning and its end; then lets it be done. */
    async killDuring(job: Job): Promise<AsyncDisposable> {
      let inTheMiddle = 0
      for (let kill = 0; kill < KILLS; kill++) {
        await using _ = await work()
        const enough = ((kill + random()) / KILLS) * job.total
        const done = await until(
          () => progressOf(job),
          done => done === undefined || done >= enough,
          'progress',
        )
        await sleep(random() * 20)
        if (done !== undefined && (await progressOf(job)) !== undefined) inTheMiddle++
      }
      t.diagnostic(`${inTheMiddle} of ${KILLS} kills in the middle of ${job.type}`)
      assert.ok(inTheMiddle > 0)
      return work()
    },
    /** Books are made, and with them events; as many in one unit as hold up nobody for long. */
    async write(count: number): Promise<void> {
      for (let left = count; left > 0; left -= 250) {
        await serving.app.unit(account, async ({ on }) => {
          for (let pages = Math.min(left, 250); pages > 0; pages--)
            await on(books).create({ title: 'Emma', pages })
        })
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The rows of every table in which the text stands. */
async function rowsWith(database: string, text: string): Promise<Record<string, number>> {
  const found = [...(await everyRowIn(database))].map(
    ([table, rows]) => [table, rows.filter(row => JSON.stringify(row).includes(text)).length] as const,
  )
  return Object.fromEntries(found.filter(([, rows]) => rows > 0))
}

test('an account is erased whole by the time that is told, once, whenever who erases is killed', async t => {
  await using started = await startKilled(t)
  const { write, database, account, serving, another, receiver, send } = started
  const webhook = { url: receiver.url, events: ['book.created'] }
  await (await another())('POST', '/v1/webhooks', webhook)
  await (await another())('POST', '/v1/books', { title: 'Sanditon', pages: 1 })
  await send('POST', '/v1/webhooks', webhook)
  await write(1_500)
  const erased = serving.app.accounts.erase(account).then(() => rowsWith(database, account))
  await using _ = await started.killDuring({ type: 'erase_account', total: 3_000 })
  // As they are when the caller is told.
  assert.deepEqual(await erased, { signalbox_audit: 1 })
  assert.deepEqual(
    await rowsIn(
      database,
      'select account_id, action from signalbox_audit where action = $1',
      'account.erased',
    ),
    [{ account_id: account, action: 'account.erased' }],
  )
  assert.deepEqual(await rowsIn(database, 'select title from books'), [{ title: 'Sanditon' }])
})

test('what is kept of one row is gone by the time that is told, and nothing else, whenever who erases is killed', async t => {
  await using started = await startKilled(t)
  const { database, account, serving, send } = started
  const { body: book } = await send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  const { body: other } = await send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  for (let i = 0; i < 6; i++) {
    await serving.app.unit(account, async ({ on }) => {
      for (let pages = 2; pages <= 201; pages++)
        await on(books).patch(pages % 2 === 0 ? book.id : other.id, { pages: pages + i * 200 })
    })
  }
  const before = await rowsWith(database, other.id)
  const erased = serving.app.accounts
    .erase(account, { subject: book.id })
    .then(() => rowsWith(database, book.id))
  await using _ = await started.killDuring({ type: 'erase_account', total: 600 })
  // The row itself stays, and the line that says so.
  assert.deepEqual(await erased, { books: 1, signalbox_audit: 1 })
  assert.deepEqual(await rowsWith(database, other.id), before)
})

test('every failed delivery is recovered once, whenever who recovers them is killed', async t => {
  await using started = await startKilled(t)
  const { write, database, send, receiver } = started
  const count = 1_200
  await write(count)
  const webhook = { url: receiver.url, events: ['book.created'], concurrency: 64 }
  const { body: made } = await send('POST', '/v1/webhooks', webhook)
  await rowsIn(
    database,
    `insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count,
        created_at, settled_at)
      select 'dlv' || substr(id, 4), account_id, $1, id, type, 'json', 'failed', 10, created_at, created_at
      from signalbox_events where type = 'book.created'`,
    made.id,
  )
  const asked = await send('POST', `/v1/webhooks/${made.id}/recover`, { since: LONG_AGO })
  await using _ = await started.killDuring({ type: 'recover_deliveries', total: count })
  await assertEnded(started, asked.body.id, { recovered: count })
  await assertDelivered(started, count, 11)
})

test('every event is replayed once, whenever who replays them is killed', async t => {
  await using started = await startKilled(t)
  const { write, database, send, receiver, work } = started
  const count = 500
  await write(count)
  {
    await using _ = await work()
    await until(
      () => rowIn(database, 'select 1 from signalbox_events where position is null'),
      row => row === undefined,
      'the numbers of events',
    )
  }
  const { body: made } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
    concurrency: 64,
  })
  const asked = await send('POST', `/v1/webhooks/${made.id}/replay`, { since: LONG_AGO })
  await using _ = await started.killDuring({ type: 'replay_events', total: count })
  await assertEnded(started, asked.body.id, { replayed: count, passed_over: 0 })
  await assertDelivered(started, count, 1)
})

type Started = Awaited<ReturnType<typeof startKilled>>

async function assertEnded({ send }: Started, operation: string, result: object): Promise<void> {
  const { body } = await until(
    () => send('GET', `/v1/operations/${operation}`),
    ({ body }) => body.settled_at !== null,
    'the end of it',
  )
  assert.deepEqual([body.state, body.result], ['succeeded', result])
}

/** One delivery for each event, with so many attempts on record; and every event has come. */
async function assertDelivered(
  { database, receiver }: Started,
  count: number,
  attempts: number,
): Promise<void> {
  const select = `select count(*) as rows, count(distinct event_id) as events, min(attempt_count) as least,
    max(attempt_count) as most from signalbox_deliveries where state = 'delivered'`
  const row = await until(
    () => rowIn(database, select),
    row => Number(row?.['rows']) >= count,
    'the deliveries',
  )
  const numbers = Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)])
  assert.deepEqual(Object.fromEntries(numbers), {
    rows: count,
    events: count,
    least: attempts,
    most: attempts,
  })
  assert.deepEqual(
    await rowsIn(database, "select id from signalbox_deliveries where state <> 'delivered'"),
    [],
  )
  assert.equal(new Set(receiver.received.map(({ id }) => id)).size, count)
}
