import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import * as z from 'zod'
import { api, event } from '../../src/contract/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { forgetEmitted } from '../../src/unit/index.ts'
import { client as caller, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { openShop, orderPaid, type Shop, shop } from './postgres-shop.ts'

// Any program can emit that speaks SQL: here it is one that knows nothing else of Signalbox.

let s: Shop
let program: pg.Client
const openAll = async () => {
  s = await openShop()
  program = new pg.Client({ connectionString: s.database.url })
  await program.connect()
}
const closeAll = async () => {
  await program.end()
  await s[Symbol.asyncDispose]()
}

const newAccount = (): Promise<string> => s.fixture.serving.app.accounts.create('customer')

async function webhookOf(account: string, url: string): Promise<void> {
  const { app } = s.fixture.serving
  const send = caller(s.fixture.url, (await app.accounts.issueKey(account, 'test')).key)
  await send('POST', '/v1/webhooks', { url, events: [orderPaid.name] })
}

/** The account's events, once there are so many. */
const eventsOf = (account: string, count: number) =>
  until(
    () => s.eventsOf(account),
    events => events.length === count,
    'events',
  )

const emitted = async (
  account: string,
): Promise<readonly { id: string; data: string; fault: string | null }[]> =>
  (
    await s.database.query('select * from signalbox.signalbox_emitted where account_id = $1 order by id', [
      account,
    ])
  ).rows

const EMIT = `select signalbox.emit('order.paid', jsonb_build_object('id', $1::text, 'cents', 5), account => $2) as id`

const METRICS_KEY = 'metrics0key1metrics2key3'

const withSent = (grams: z.ZodInt | z.ZodString) =>
  api({
    title: 'Shop',
    version: '1',
    base: '/v1',
    events: [orderPaid, event('order.sent', z.object({ id: z.string(), grams }))],
  })

async function send(own: Shop, account: string, id: string, grams: number | string): Promise<string> {
  const data = JSON.stringify({ id, grams })
  const { rows } = await own.database.query(`select signalbox.emit('order.sent', $1::jsonb, $2) as id`, [
    data,
    account,
  ])
  return rows[0].id
}

// Within a suite: what ends it comes before the end of the database's server.
describe('signalbox.emit', () => {
  before(openAll)
  after(closeAll)

  test('what SQL emits is an event like any other once it is committed, and is delivered', async () => {
    const account = await newAccount()
    const receiver = await startReceiver()
    await webhookOf(account, receiver.url)
    await program.query('begin')
    const { rows } = await program.query(
      // Fields that the schema does not name are not part of what it declares.
      `select signalbox.emit('order.paid', '{"note": "é", "secret": 1, "id": "ord_1", "cents": 5}'::jsonb, account => '${account}') as id`,
    )
    assert.deepEqual(await emitted(account), [], 'nobody sees what is not committed')
    await program.query('commit')
    const { headers, body } = await receiver.next(() => true)
    assert.equal(headers['webhook-id'], rows[0].id)
    const told = JSON.parse(body)
    assert.deepEqual(told.data, { id: 'ord_1', cents: 5, note: 'é' })
    assert.ok(Math.abs(Date.parse(told.at) - Date.now()) < 60_000)
    assert.match(told.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(await emitted(account), [])
    await receiver.close()
    assert.deepEqual(s.fixture.faults, [])
  })

  test('ids from SQL are as those that processes make, in the order of the calls', async () => {
    const account = await newAccount()
    const from = Date.now()
    const { rows } = await program.query(
      `select ${EMIT.slice('select '.length)} from generate_series(1, 500) as n`,
      ['ord', account],
    )
    const ids = rows.map(({ id }) => id as string)
    for (const id of ids) assert.match(id, /^evt_[0-9a-hjkmnp-tv-z]{26}$/)
    assert.equal(new Set(ids).size, 500)
    assert.deepEqual(ids, ids.toSorted())
    const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
    const ms = Array.from((ids[0] ?? '').slice(4, 14)).reduce(
      (sum, digit) => sum * 32 + DIGITS.indexOf(digit),
      0,
    )
    assert.ok(ms >= from - 5 && ms <= Date.now(), `${ms} is now`)
    const events = await eventsOf(account, 500)
    assert.deepEqual(
      events.map(({ id }) => id),
      ids,
    )
  })

  test('a function and a trigger emit within the transaction that calls them', async () => {
    const account = await newAccount()
    await s.database.query(`create function pay(order_id text) returns text language plpgsql as $$
    declare event_id text;
    begin
      update orders set cents = cents + 1 where id = order_id;
      event_id := signalbox.emit('order.paid', jsonb_build_object('id', order_id, 'cents', 1), '${account}');
      return event_id;
    end $$;
    create function order_placed() returns trigger language plpgsql as $$
    begin
      perform signalbox.emit('order.paid', to_jsonb(new), account => '${account}');
      return new;
    end $$;
    create trigger order_placed after insert on orders for each row execute function order_placed()`)
    await program.query(`insert into orders values ('by trigger', 7)`)
    await program.query(`begin; insert into orders values ('undone', 8); select pay('undone'); rollback`)
    await program.query(
      `begin; select pay('by function'); savepoint a; select pay('undone too'); rollback to a; commit`,
    )
    const events = await eventsOf(account, 2)
    assert.deepEqual(
      events.map(({ data }) => JSON.parse(data)),
      [
        { id: 'by trigger', cents: 7 },
        { id: 'by function', cents: 1 },
      ],
    )
    await s.database.query('drop trigger order_placed on orders')
  })

  test('an unknown type, an unknown account and no data are errors at once, with the mend', async () => {
    const account = await newAccount()
    const fails = async (call: string, code: string, message: RegExp, hint: RegExp): Promise<void> => {
      await assert.rejects(program.query(`select signalbox.emit(${call})`), { code, message, hint })
    }
    await fails(`'order.gone', '{}', '${account}'`, '22023', /no event type 'order\.gone'/, /Declare it/)
    await fails(`'webhook.disabled', '{}', '${account}'`, '22023', /no event type/, /Declare it/)
    await fails(`null, '{}', '${account}'`, '22023', /no event type/, /Declare it/)
    await fails(`'order.paid', '{}', 'acc_none'`, '23503', /no account 'acc_none'/, /accounts\.create/)
    await fails(`'order.paid', '{}', null`, '23503', /no account/, /accounts\.create/)
    await fails(`'order.paid', null, '${account}'`, '22004', /data of 'order\.paid' are null/, /jsonb/)
    assert.deepEqual(await emitted(account), [])
  })

  test('whoever is granted the function needs nothing else, and nobody else may call it', async () => {
    const account = await newAccount()
    await s.database.query('create role teller; grant usage on schema signalbox to teller')
    const asTeller = async (statement: string, values: readonly string[] = []) => {
      await program.query('begin; set local role teller')
      try {
        return await program.query(statement, [...values])
      } finally {
        await program.query('commit')
      }
    }
    await assert.rejects(asTeller(EMIT, ['ord_1', account]), /permission denied for function emit/)
    await s.database.query('grant execute on function signalbox.emit to teller')
    await assert.rejects(asTeller('select * from signalbox.signalbox_emitted'), /permission denied/)
    // What stands in the caller's search path is not what the function means.
    await program.query(`create schema if not exists trap; grant usage on schema trap to teller;
    create function trap.to_char(timestamp, text) returns text language sql as $$ select 'trapped' $$`)
    await program.query('set search_path = trap, pg_catalog')
    await asTeller(EMIT, ['ord_1', account])
    await program.query('reset search_path')
    const [made] = await eventsOf(account, 1)
    assert.match(made?.created_at ?? '', /^\d{4}-/)
    await s.database.query('drop owned by teller; drop role teller; drop schema trap cascade')
  })

  test('data that do not fit are told of and never sent; the next start tries them again', async () => {
    await using own = await openShop(withSent(z.int()), { metrics: { key: METRICS_KEY } })
    const { account, faults } = own.fixture
    const id = await send(own, account, 'wrong', 'secret')
    await send(own, account, 'right', 5)
    const right = await until(
      () => own.eventsOf(account),
      events => events.length === 1,
      'events',
    )
    assert.deepEqual(JSON.parse(right[0]?.data ?? ''), { id: 'right', grams: 5 })
    await until(
      async () => faults.length,
      count => count === 1,
      'faults',
    )
    const told = String(faults[0])
    assert.ok(
      told.includes(id) && told.includes(account) && told.includes("event 'order.sent': /grams"),
      told,
    )
    assert.doesNotMatch(told, /secret/)
    const headers = { authorization: `Bearer ${METRICS_KEY}` }
    const metrics = await (await fetch(new URL('/metrics', own.fixture.url), { headers })).text()
    assert.match(metrics, /^signalbox_event_emitted\{signalbox_event_state="faulty"\} 1$/m)
    assert.match(metrics, /^signalbox_event_emitted\{signalbox_event_state="waiting"\} 0$/m)

    // While the old version still runs.
    await using next = await startFixture(withSent(z.string()), { store: postgres(own.database.url) })
    const both = await until(
      () => own.eventsOf(account),
      events => events.length === 2,
      'events',
    )
    assert.deepEqual(JSON.parse(both[0]?.data ?? ''), { id: 'wrong', grams: 'secret' })
    assert.deepEqual([next.faults.length, faults.length], [0, 1])
  })

  test('what could be no event is erased with its account or with the row it tells of, and after its time', async () => {
    await using own = await openShop(withSent(z.int()))
    const { app } = own.fixture.serving
    const { account, faults } = own.fixture
    const other = await app.accounts.create('other')
    await send(own, account, 'ord_1', 'none')
    const kept = await send(own, account, 'ord_2', 'none')
    await send(own, other, 'ord_2', 'none')
    await until(
      async () => faults.length,
      count => count === 3,
      'faults',
    )
    const left = async (count: number) =>
      until(
        async () => (await own.database.query('select id from signalbox.signalbox_emitted')).rows,
        rows => rows.length === count,
        'emitted',
      )
    await Promise.all([app.accounts.erase(account, { subject: 'ord_1' }), app.accounts.erase(other)])
    assert.deepEqual(await left(1), [{ id: kept }])

    const store = await postgres(own.database.url)()
    const sentAt = Date.now()
    assert.equal(await forgetEmitted(store, sentAt - 60_000), 0)
    assert.equal(await forgetEmitted(store, sentAt + 60_000), 1)
    await store.close()
    await left(0)
  })

  test('what is large is taken too, a little at a time', async () => {
    const account = await newAccount()
    await program.query(
      `select signalbox.emit('order.paid', jsonb_build_object('id', n::text, 'cents', n, 'note', repeat('x', 700000)), $1)
        from generate_series(1, 3) as n`,
      [account],
    )
    const events = await eventsOf(account, 3)
    assert.deepEqual(
      events.map(({ data }) => data.length > 700_000),
      [true, true, true],
    )
  })

  test('a program that does not know a type leaves it to one that does', async () => {
    const later = event('order.later', z.object({ id: z.string() }))
    const newer = api({ title: 'Shop', version: '2', base: '/v1', events: [orderPaid, later] })
    await using own = await openShop(shop)
    const { account } = own.fixture
    const call = `select signalbox.emit('order.later', '{"id": "a"}', '${account}')`
    await assert.rejects(own.database.query(call), /no event type/)
    {
      await using both = await startFixture(newer, { store: postgres(own.database.url), work: false })
      await own.database.query(call)
      await own.database.query(`select signalbox.emit('order.paid', '{"id": "b", "cents": 1}', '${account}')`)
      await until(
        () => own.eventsOf(account),
        events => events.length === 1,
        'events',
      )
      assert.deepEqual([both.faults, own.fixture.faults], [[], []])
    }
    await using knows = await startFixture(newer, { store: postgres(own.database.url) })
    const events = await until(
      () => own.eventsOf(account),
      some => some.length === 2,
      'events',
    )
    assert.deepEqual(events.map(({ type }) => type).toSorted(), ['order.later', 'order.paid'])
    assert.deepEqual(knows.faults, [])
  })
})
