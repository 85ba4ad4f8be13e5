import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answered, client, until } from './client.ts'
import { temporaryFolder } from './program.ts'
import { startReceiver } from './receiver.ts'
import type { Moment } from './soak/aims.ts'
import { EVENTS } from './soak/ledger.ts'
import { logBytes, sqliteDatabase } from './soak/on-sqlite.ts'
import { inFlight, leap, openSite, openWork, orderOf, type Site } from './soak/site.ts'

const LEASE_MS = 30_000
/** What is waited for of a lease; the clock of the process is set ahead of the rest. */
const REST_MS = 10_000
const HOUR = 3_600_000

async function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder()
  const site = await openSite(sqliteDatabase(folder.path('')), folder.path(''))
  try {
    await body(site)
  } finally {
    await site.close()
    await folder.remove()
  }
}

const book = ({ server, key }: Site, name: string): Promise<Answered> =>
  client(server.url, key)('POST', '/v1/bookings', { name }, { 'idempotency-key': name })

/** Books, and has the server die at the moment: it may answer before that, or not. */
async function dieAt(site: Site, moment: Moment, name: string): Promise<void> {
  await site.server.tell({ aim: { moment, after: 0 } })
  const answer = await book(site, name).catch(() => undefined)
  if (answer !== undefined) assert.equal(answer.status, 201)
  await site.server.ended
}

async function restart(site: Site): Promise<void> {
  site.server = await site.servers.start(orderOf(site))
}

/** A receiver that is gone at the end of its scope, whatever became of the test. */
async function listening(
  answer: (outgoing: ServerResponse) => void,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((_, outgoing) => answer(outgoing)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Stops the server where it holds no lock: a process that sleeps within a transaction holds up all others. */
async function sleepOutsideUnit({ server, database }: Site): Promise<void> {
  using db = new DatabaseSync(database.location, { timeout: 0 })
  const sleptOutside = async () => {
    server.signal('SIGSTOP')
    try {
      db.exec('begin immediate; rollback')
      return true
    } catch {
      server.signal('SIGCONT')
      return false
    }
  }
  await until(sleptOutside, slept => slept, 'a moment outside of a unit')
}

const settled = (site: Site): Promise<number> =>
  until(
    () => openWork(site),
    open => open === 0,
    'open work',
  )

function rows(site: Site, sql: string): Record<string, unknown>[] {
  using db = new DatabaseSync(site.database.location, { readOnly: true, timeout: 5_000 })
  return db.prepare(sql).all()
}
const only = (site: Site, sql: string): unknown => Object.values(rows(site, sql)[0] ?? {})[0]

test('killed between the commit and its answer: the key has one effect, one event and the answer that was kept (faults 1, 9)', () =>
  withSite(async site => {
    await dieAt(site, 'answer', 'once')
    await restart(site)
    const again = await book(site, 'once')
    assert.equal(again.status, 201)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.deepEqual(
      rows(site, 'select id, name from entries').map(row => ({ ...row })),
      [again.body],
    )
    assert.equal(only(site, "select count(*) from signalbox_events where type = 'entry.booked'"), 1)
    await settled(site)
    assert.deepEqual(
      [...site.steady.arrivals.values()].map(({ times }) => times),
      [1, 1],
    )
  }))

test('killed between the claim and the attempt: what was claimed is sent within the lease and 5 s (fault 2)', () =>
  withSite(async site => {
    await dieAt(site, 'send', 'claimed')
    const died = performance.now()
    assert.equal(site.steady.arrivals.size, 0)
    // The next one comes when most of the lease is over.
    site.aheadMs += LEASE_MS - REST_MS
    await restart(site)
    const restarted = performance.now()
    await settled(site)
    const sentAt = Math.max(...[...site.steady.arrivals.values()].map(({ firstAt }) => firstAt))
    assert.equal(site.steady.arrivals.size, 2)
    assert.ok(sentAt - died > REST_MS - 5_000, 'nobody takes it before the lease ends')
    assert.ok(sentAt - restarted < REST_MS + 5_000, `${sentAt - restarted} ms`)
  }))

test('killed when the receiver has answered and nothing is stored: it comes again with the same id and the same bytes (fault 3)', () =>
  withSite(async site => {
    await dieAt(site, 'settle', 'answered')
    await until(
      async () => site.steady.arrivals.size + site.wild.arrivals.size,
      count => count > 0,
      'the first attempt',
    )
    assert.equal(only(site, 'select count(*) from signalbox_attempts'), 0)
    site.aheadMs += LEASE_MS + 1_000
    await restart(site)
    await settled(site)
    const all = [...site.receivers.values()].flatMap(({ arrivals }) => [...arrivals.values()])
    assert.equal(all.length, 4, 'two events at two receivers')
    assert.ok(
      all.some(({ times }) => times === 2),
      'one came again',
    )
    assert.deepEqual(new Set(all.map(({ digests }) => digests.size)), new Set([1]))
    assert.equal(only(site, 'select count(*) from signalbox_attempts'), 4, 'each is on record once')
  }))

test('stopped past the lease and going on: another has sent it, and the late outcome changes no row (fault 4)', () =>
  withSite(async site => {
    const held: ServerResponse[] = []
    let came = 0
    await using receiver = await listening(outgoing => {
      if (came++ === 0) held.push(outgoing)
      else outgoing.writeHead(204).end()
    })
    const { body: webhook } = await client(site.server.url, site.key)('POST', '/v1/webhooks', {
      url: receiver.url,
      events: ['entry.booked'],
    })
    const sleeper = site.server
    await book(site, 'slept')
    await until(
      async () => held.length,
      count => count === 1,
      'the first attempt',
    )
    await sleepOutsideUnit(site)
    // To it the lease has run out.
    site.aheadMs += LEASE_MS + 1_000
    await restart(site)
    await settled(site)
    const mine = `webhook_id = '${webhook.id}'`
    const deliveries = `select d.state, d.attempt_count, a.number, a.outcome, a.status, a.started_at
      from signalbox_deliveries d join signalbox_attempts a on a.delivery_id = d.id where ${mine}`
    const before = rows(site, deliveries)
    assert.equal(before.length, 1)
    held[0]?.writeHead(500).end()
    sleeper.signal('SIGCONT')
    // It ends when what it was at is stored.
    await sleep(500)
    sleeper.signal('SIGTERM')
    await sleeper.ended
    assert.deepEqual(rows(site, deliveries), before)
    assert.deepEqual([before[0]?.['state'], before[0]?.['attempt_count'], came], ['delivered', 1, 2])
  }))

test('when the disk takes no more, changes are a 503 and reads go on; with room it goes on by itself, with nothing lost (fault 6)', () =>
  withSite(async site => {
    const { server } = site
    server.limitFiles(logBytes(site.database.location) + 50_000)
    const acknowledged = new Set<string>()
    const refused: Answered[] = []
    for (let i = 0; refused.length < 3; i++) {
      const answer = await book(site, `full-${i}`)
      if (answer.status === 201) acknowledged.add(answer.body.id)
      else refused.push(answer)
      assert.ok(i < 1_000, 'the disk is full some day')
    }
    for (const { status, headers, body } of refused) {
      assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'unavailable', '1'])
    }
    const [first = ''] = acknowledged
    const read = await client(server.url, site.key)('GET', `/v1/entries/${first}`)
    assert.equal(read.status, 200)
    server.limitFiles(null)
    await until(
      () => book(site, 'room'),
      ({ status }) => status === 201,
      'room',
    )
    await settled(site)
    const stored = new Set(rows(site, 'select id from entries').map(row => String(row['id'])))
    assert.deepEqual(
      [...acknowledged].filter(id => !stored.has(id)),
      [],
    )
    assert.equal(site.steady.arrivals.size, stored.size * 2)
    assert.equal(only(site, 'pragma integrity_check'), 'ok')
  }))

test('while another process holds the lock, reads go on, and changes are a 503 after their patience (fault 7)', () =>
  withSite(async site => {
    using other = new DatabaseSync(site.database.location)
    other.exec('begin immediate')
    const began = performance.now()
    const refused = book(site, 'locked')
    const read = await client(site.server.url, site.key)('GET', '/v1/entries')
    assert.equal(read.status, 200)
    const { status, body } = await refused
    assert.deepEqual([status, body.code], [503, 'unavailable'])
    // Its patience is one second.
    assert.ok(performance.now() - began >= 1_000)
    other.exec('commit')
    assert.equal((await book(site, 'locked')).status, 201)
  }))

test('what a process claimed whose clock was an hour ahead does not wait for that hour (fault 11)', () =>
  withSite(async site => {
    await leap(site, HOUR)
    await dieAt(site, 'send', 'ahead')
    // The next one finds nothing odd, before its clock is set back under it.
    await restart(site)
    await leap(site, -HOUR)
    const set = performance.now()
    await settled(site)
    assert.ok(performance.now() - set < LEASE_MS + 5_000)
    await leap(site, HOUR)
    await dieAt(site, 'send', 'ahead-again')
    // This one never saw the clock ahead.
    site.aheadMs -= HOUR
    await restart(site)
    const started = performance.now()
    await settled(site)
    assert.ok(performance.now() - started < LEASE_MS + 5_000)
    assert.equal(site.steady.arrivals.size, 4)
  }))

test('a clock that leaps an hour makes one attempt of those that were to come, and no storm of them (fault 11)', () =>
  withSite(async site => {
    await site.wild.turn('fails')
    await book(site, 'refused')
    const came = () => [...site.wild.arrivals.values()].reduce((sum, { times }) => sum + times, 0)
    const reaches = (count: number) =>
      until(
        async () => came(),
        n => n >= count,
        `${count} attempts`,
      )
    await reaches(2)
    await leap(site, HOUR)
    await reaches(4)
    await leap(site, -HOUR)
    await sleep(2_500)
    assert.equal(came(), 4)
  }))

test('SIGTERM with 500 requests and 250 attempts under way: what is answered is there, what is not sent is given back (fault 12)', t =>
  withSite(async site => {
    await using deaf = await startReceiver()
    const send = client(site.server.url, site.key)
    const webhook = { url: deaf.url, events: EVENTS, concurrency: 64 }
    for (let i = 0; i < 4; i++) await send('POST', '/v1/webhooks', webhook)
    // Who has not answered yet is sent one at a time.
    await book(site, 'first')
    await until(
      async () => rows(site, 'select webhook_id from signalbox_lanes where answering = 1').length,
      count => count >= 4,
      'the first answers',
    )
    deaf.behave(() => 'hang')
    const names = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what}-${i}`)
    await Promise.all(names('before', 250).map(name => book(site, name)))
    await until(
      async () => deaf.received.length,
      count => count >= 4 + 250,
      'attempts under way',
    )
    const { server } = site
    const requests = names('meanwhile', 500).map(name => book(site, name))
    const answers = Promise.allSettled(requests)
    await Promise.race(requests)
    const told = performance.now()
    server.signal('SIGTERM')
    await server.ended
    t.diagnostic(`ended after ${Math.round(performance.now() - told)} ms`)
    const acknowledged = (await answers).flatMap(answer =>
      answer.status === 'fulfilled' && answer.value.status === 201 ? [String(answer.value.body.id)] : [],
    )
    assert.ok(acknowledged.length > 0)
    const stored = new Set(rows(site, 'select id from entries').map(row => String(row['id'])))
    assert.deepEqual(
      acknowledged.filter(id => !stored.has(id)),
      [],
    )
    assert.equal(
      await inFlight(site, Date.now() + site.aheadMs),
      0,
      'nothing is left to the end of its lease',
    )
    assert.ok((await openWork(site)) >= 250)
  }))
