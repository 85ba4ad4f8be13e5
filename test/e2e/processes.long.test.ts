import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openApp } from '../../src/runtimes/node/index.ts'
import { type Running, start } from '../cli/program.ts'
import { freshDatabase } from '../postgres.ts'
import { storeAt } from '../store-at.ts'
import { client, type Send, until } from './client.ts'
import { shop } from './definitions/shop.ts'
import { startReceiver } from './receiver.ts'

// Runnings as they are deployed: some serve, some work, on one PostgreSQL database.

const DEFINITION = fileURLToPath(new URL('./definitions/shop.ts', import.meta.url))

interface Deployment extends AsyncDisposable {
  /** Calls the servers in turn. */
  readonly send: Send
  readonly servers: readonly Send[]
  readonly url: string
  readonly key: string
  readonly workers: Running[]
  addWorker(): Promise<Running>
  query(text: string): Promise<readonly Record<string, unknown>[]>
}

async function deploy(counts: { readonly serve: number; readonly work: number }): Promise<Deployment> {
  const stack = new AsyncDisposableStack()
  try {
    return await deployOn(stack, counts)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function deployOn(
  stack: AsyncDisposableStack,
  counts: { readonly serve: number; readonly work: number },
): Promise<Deployment> {
  const database = stack.use(await freshDatabase())
  const app = await openApp(shop, { store: storeAt(database.url), work: false })
  const account = await app.accounts.create('first')
  const { key } = await app.accounts.issueKey(account, 'test')
  await app.close()
  const program = async (args: readonly string[], ready: RegExp) => {
    const shared = ['--database', database.url, '--processes', '4', '--connections', '4']
    const running = stack.use(start([...args, DEFINITION, ...shared]))
    await running.printed((_, err) => ready.test(err))
    return running
  }
  const servers: string[] = []
  for (let i = 0; i < counts.serve; i++) {
    const running = await program(['serve', '--no-work', '--port', '0'], /is at http\S+,/)
    servers.push(/http\S+(?=,)/.exec(running.err())?.[0] ?? '')
  }
  const workers: Running[] = []
  const addWorker = async () => {
    const worker = await program(['work'], /is at work/)
    workers.push(worker)
    return worker
  }
  for (let i = 0; i < counts.work; i++) await addWorker()
  const clients = servers.map(url => client(url, key))
  let turn = 0
  return {
    send: (...args) => (clients[turn++ % clients.length] as Send)(...args),
    servers: clients,
    url: servers[0] ?? '',
    key,
    workers,
    addWorker,
    query: async text => (await database.query(text)).rows,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const unsettled = (deployment: Deployment): Promise<number> =>
  deployment
    .query("select count(*) as n from signalbox.signalbox_deliveries where state = 'pending'")
    .then(([row]) => Number(row?.['n']))

test('two that serve and two that work: each event is sent once, whichever has it', async () => {
  await using deployment = await deploy({ serve: 2, work: 2 })
  const receivers = await Promise.all(Array.from({ length: 4 }, () => startReceiver()))
  for (const { url } of receivers)
    await deployment.send('POST', '/v1/webhooks', { url, events: ['item.created'] })
  const created = await Promise.all(
    Array.from({ length: 200 }, (_, n) => deployment.send('POST', '/v1/items', { name: 'x', n })),
  )
  assert.deepEqual(new Set(created.map(({ status }) => status)), new Set([201]))
  for (const { received } of receivers) {
    await until(
      async () => received.length,
      length => length >= 200,
      'deliveries',
    )
  }
  await until(
    () => unsettled(deployment),
    n => n === 0,
    'pending deliveries',
  )
  for (const receiver of receivers) {
    assert.equal(receiver.received.length, 200)
    assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 200)
    await receiver.close()
  }
})

test('a worker that is killed in the midst: the others go on, and nothing is lost', async () => {
  await using deployment = await deploy({ serve: 1, work: 2 })
  const receiver = await startReceiver()
  await deployment.send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['item.created'],
    concurrency: 10,
  })
  const posting = Promise.all(
    Array.from({ length: 300 }, (_, n) => deployment.send('POST', '/v1/items', { name: 'x', n })),
  )
  await until(
    async () => receiver.received.length,
    length => length > 20,
    'deliveries',
  )
  deployment.workers[0]?.kill('SIGKILL')
  await posting
  await until(
    () => unsettled(deployment),
    n => n === 0,
    'pending deliveries',
  )
  const ids = new Set(receiver.received.map(({ id }) => id))
  assert.equal(ids.size, 300)
  // No more come twice than were under way.
  assert.ok(receiver.received.length - 300 <= 10, `${receiver.received.length - 300} came twice`)
  await receiver.close()
})

test('an event that one process records is in the stream of another at once', async () => {
  await using deployment = await deploy({ serve: 2, work: 0 })
  const [first, second] = deployment.servers
  const stream = await fetch(`${deployment.url}/v1/events`, {
    headers: { authorization: `Bearer ${deployment.key}`, accept: 'text/event-stream' },
  })
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  await reader?.read()
  const took: number[] = []
  let last = ''
  for (let n = 0; n < 5; n++) {
    const { body } = await (second as Send)('POST', '/v1/items', { name: 'x', n })
    const asked = performance.now()
    let text = ''
    while (!text.includes(body.id)) text += (await reader?.read())?.value ?? assert.fail('it ended')
    took.push(performance.now() - asked)
    last = body.id
  }
  // Behind the first, each is recorded just after a look, which would take a second to come again.
  assert.ok(Math.min(...took.slice(1)) < 900, 'it was told, rather than found by looking')
  await reader?.cancel()
  const { body: page } = await (first as Send)('GET', '/v1/events')
  assert.equal(page.data[0].data.id, last)
})

test('of one key, 100 requests to two processes have one effect', async () => {
  await using deployment = await deploy({ serve: 2, work: 0 })
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      deployment.send('POST', '/v1/items', { name: 'once', n: 1 }, { 'idempotency-key': 'the-key' }),
    ),
  )
  const created = answers.filter(({ status }) => status === 201)
  assert.ok(created.length > 0)
  assert.ok(answers.every(({ status }) => status === 201 || status === 409))
  assert.equal(new Set(created.map(({ body }) => body.id)).size, 1)
  const [row] = await deployment.query('select count(*) as n from items')
  assert.equal(Number(row?.['n']), 1)
})

test('workers that are told to stop end with 0, and give back what they had', async () => {
  await using deployment = await deploy({ serve: 1, work: 1 })
  const receiver = await startReceiver()
  await deployment.send('POST', '/v1/webhooks', { url: receiver.url, events: ['item.created'] })
  await deployment.send('POST', '/v1/items', { name: 'x', n: 1 })
  await until(
    async () => receiver.received.length,
    length => length === 1,
    'the delivery',
  )
  const [worker] = deployment.workers
  assert.equal((await worker?.interrupt())?.code, 0)
  await deployment.send('POST', '/v1/items', { name: 'y', n: 2 })
  await deployment.addWorker()
  await until(
    async () => receiver.received.length,
    length => length === 2,
    'the delivery by another worker',
  )
  await receiver.close()
})
