import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint, operation, resource, task } from '../../src/contract/index.ts'
import { until } from '../e2e/client.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { notes, workshop, write } from './workshop.ts'

const written = ({ send }: Fixture, count: number) =>
  until(
    () => send('GET', '/notes'),
    ({ body }) => body.data.length === count,
    'the notes',
  )
const rows = ({ serving, account }: Fixture) =>
  serving.app.unit(account, ({ sql }) => sql.all('select * from signalbox_operations'))

test('what a unit puts off runs after its commit, in the name of its account, and leaves nothing behind', async () => {
  await using fixture = await startFixture(workshop)
  await fixture.send('POST', '/writings', { text: 'hello' })
  const { body } = await written(fixture, 1)
  assert.equal(body.data[0].text, 'hello')
  await until(
    () => rows(fixture),
    left => left.length === 0,
    'the queue',
  )
  assert.deepEqual((await (await fixture.another())('GET', '/notes')).body.data, [])
})

test('a unit that is undone puts nothing off', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  assert.equal((await fixture.send('POST', '/writings', { text: 'never', undo: true })).status, 409)
  assert.deepEqual(await rows(fixture), [])
})

test('a repeated request puts off one task (Idempotency-Key)', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  const key = { 'idempotency-key': 'a1' }
  for (let i = 0; i < 3; i++) await fixture.send('POST', '/writings', { text: 'once' }, key)
  assert.equal((await rows(fixture)).length, 1)
})

test('no account sees a task, nor can cancel it', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  await fixture.send('POST', '/writings', { text: 'hidden' })
  const [row] = await rows(fixture)
  assert.deepEqual((await fixture.send('GET', '/operations')).body.data, [])
  assert.equal((await fixture.send('GET', `/operations/${String(row?.['id'])}`)).status, 404)
  assert.equal((await fixture.send('POST', `/operations/${String(row?.['id'])}/cancel`)).status, 404)
})

test('a program may put a task off in the name of another account', async () => {
  await using fixture = await startFixture(workshop)
  const other = await fixture.serving.app.accounts.create('other')
  await fixture.serving.app.unit(other, ({ later }) =>
    later(write, { text: 'for you' }, { account: fixture.account }),
  )
  await written(fixture, 1)
})

test('input that a task does not take undoes the unit which put it off', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  const wrong = { text: 1 as unknown as string }
  await assert.rejects(
    fixture.serving.app.unit(fixture.account, async ({ on, later }) => {
      await on(notes).create({ text: 'with it' })
      await later(write, wrong)
    }),
    /the input of 'write'/,
  )
  assert.deepEqual((await fixture.send('GET', '/notes')).body.data, [])
})

const calls = resource('call', {
  path: '/calls',
  schema: z.object({ id: z.string(), text: z.string() }),
  owner: 'account_id',
})

test('a task that throws is tried again, one that fails is not, and what it changed in steps stays', async () => {
  let attempts = 0
  const ring = task('ring', {
    input: z.object({ number: z.string() }),
    problems: { 'no-such-number': 422 },
    memory: z.object({ dialled: z.boolean() }),
    retry: { attempts: 5, wait: '1 second' },
    run: async ({ input, remembered, step, fail }) => {
      attempts++
      if (remembered === undefined) {
        await step(async ({ on, remember }) => {
          await on(calls).create({ text: input.number })
          remember({ dialled: true })
        })
        throw new Error('engaged')
      }
      throw fail('no-such-number')
    },
  })
  const telephone = api({ title: 'Telephone', version: '1', resources: [calls], tasks: [ring] })
  await using fixture = await startFixture(telephone)
  await fixture.serving.app.unit(fixture.account, ({ later }) => later(ring, { number: '1' }))
  const [row] = await until(
    () => rows(fixture),
    ([first]) => first?.['state'] === 'failed',
    'the end',
  )
  assert.equal(attempts, 2)
  assert.deepEqual([row?.['attempt_count'], row?.['account_id']], [2, null])
  assert.match(String(row?.['problem']), /no-such-number/)
  assert.deepEqual(fixture.faults.map(String), ['Error: engaged'])
  assert.equal((await fixture.send('GET', '/calls')).body.data.length, 1)
})

test('operations that take up all their room do not hold up a task', async () => {
  const clog = operation('clog', {
    path: '/clogs',
    input: z.object({}),
    output: z.object({}),
    run: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('over')))),
  })
  const call = task('call', {
    input: z.object({}),
    run: async ({ step }) => void (await step(({ on }) => on(calls).create({ text: 'through' }))),
  })
  const ask = endpoint({ method: 'POST', path: '/asks', handle: ({ later }) => later(call, {}) })
  const office = api({
    title: 'O',
    version: '1',
    resources: [calls],
    endpoints: { ask },
    operations: [clog],
    tasks: [call],
  })
  await using fixture = await startFixture(office)
  for (let i = 0; i < 12; i++) await fixture.send('POST', '/clogs', {})
  await fixture.send('POST', '/asks')
  await until(
    () => fixture.send('GET', '/calls'),
    ({ body }) => body.data.length === 1,
    'the call',
  )
})
