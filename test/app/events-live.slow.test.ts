import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, openApp } from '../../src/app/index.ts'
import { bundled } from '../bundled.ts'
import { until } from '../e2e/client.ts'
import { quietPort } from '../e2e/program.ts'
import { storeAt } from '../store-at.ts'
import { books, library, places } from './library.ts'
import { assertOnce, idsIn, listen, openSocket } from './streams.ts'

interface Figures {
  readonly rss: number
  readonly held: number
  readonly cpuMs: number
}

/** A server in a process of its own, and this process beside it, which writes to the same database. */
interface Beside extends AsyncDisposable {
  readonly app: App
  readonly account: string
  readonly key: string
  readonly url: string
  /** SIGKILL, and begins again. */
  kill(): Promise<void>
  figures(): Promise<Figures>
  /** Commits an event; answers its place in the order of commits. */
  add(title: string): Promise<void>
  /** All ids of the log, in the order of commits. */
  ids(): Promise<readonly string[]>
}

async function startBeside(): Promise<Beside> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const file = join(folder, 'test.db')
  const port = await quietPort()
  const app = await openApp(library, { store: storeAt(file), work: false })
  const account = await app.accounts.create('first')
  const { key } = await app.accounts.issueKey(account, 'test')
  const program = await bundled(new URL('children/streams.ts', import.meta.url))
  let child: ChildProcessWithoutNullStreams
  let lines: AsyncIterator<string>
  const line = async () => JSON.parse((await lines.next()).value as string)
  const start = async (): Promise<string> => {
    child = spawn(process.execPath, ['--expose-gc', program, file, String(port)])
    child.stderr.pipe(process.stderr)
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    return (await line()).url
  }
  const end = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const url = await start()
  const reader = await storeAt(file)()
  return {
    app,
    account,
    key,
    url,
    async kill() {
      await end()
      await start()
    },
    figures() {
      child.stdin.write('\n')
      return line()
    },
    add: title => app.unit(account, async ({ on }) => void (await on(books).create({ title, pages: 1 }))),
    async ids() {
      const rows = await reader.read.all('select id from signalbox_events order by position')
      return rows.map(({ id }) => String(id))
    },
    async [Symbol.asyncDispose]() {
      await end()
      await reader.close()
      await app.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test('13: of what two processes commit, one of them killed again and again, a client hears every event once', async () => {
  await using beside = await startBeside()
  await using stream = await listen(beside)
  let writing = true
  const written = (async () => {
    for (let i = 0; writing; i++) {
      await beside.add(`ours ${i}`)
      await fetch(new URL('/v1/books', beside.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${beside.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title: `theirs ${i}`, pages: 1 }),
      }).catch(() => undefined)
      await sleep(3)
    }
  })()
  for (let kill = 0; kill < 3; kill++) {
    const { length } = stream.heard
    await stream.hears(length + 20)
    await sleep(Math.random() * 50)
    await beside.kill()
  }
  await stream.hears(stream.heard.length + 20)
  writing = false
  await written
  const ids = await beside.ids()
  await stream.hears(ids.length)
  assertOnce(
    stream.heard.map(({ id }) => id),
    ids,
  )
})

test('who does not read costs what its connection holds, and has missed nothing once it reads', async () => {
  await using beside = await startBeside()
  const sockets = Array.from({ length: 10 }, () => openSocket(beside))
  await Promise.all(sockets.map(socket => once(socket, 'readable')))
  const before = await beside.figures()
  const EVENTS = 150
  for (let i = 0; i < EVENTS; i++) {
    await beside.app.unit(beside.account, ({ on }) =>
      on(books).create({ title: `${i}`, pages: 1, note: '-'.repeat(200_000) }),
    )
  }
  // 30 MB of events, for each of ten.
  await sleep(500)
  const { held } = await beside.figures()
  assert.ok(held - before.held < 30e6, `${(held - before.held) / 1e6} MB are held for ten who do not read`)
  const ids = await beside.ids()
  const [slow] = sockets
  const seen: string[] = []
  let rest = ''
  slow?.on('data', (chunk: Buffer) => {
    const messages = (rest + chunk.toString().replaceAll(/-{2,}/g, '')).split('\n\n')
    rest = messages.pop() ?? ''
    seen.push(...messages.flatMap(idsIn))
  })
  await until(
    async () => seen.length,
    count => count >= EVENTS,
    'all events',
  )
  assertOnce(seen, ids)
  for (const socket of sockets) socket.destroy()
})

test('1,000 streams on which nothing happens cost next to nothing, and each hears what is for all', async () => {
  await using beside = await startBeside()
  const before = await beside.figures()
  const texts: string[] = Array(1_000).fill('')
  const sockets: Socket[] = []
  for (let i = 0; i < 1_000; i++) {
    const socket = openSocket(beside)
    socket.on('data', chunk => (texts[i] += chunk.toString()))
    sockets.push(socket)
    if (i % 50 === 49) await once(socket, 'data')
  }
  await until(
    async () => texts.filter(text => text.includes('retry:')).length,
    count => count === 1_000,
    'all streams',
  )
  const open = await beside.figures()
  await sleep(2_000)
  const idle = await beside.figures()
  const cpu = (idle.cpuMs - open.cpuMs) / 2_000
  const each = (idle.held - before.held) / 1_000
  console.log(
    `1,000 idle streams: ${(cpu * 100).toFixed(1)} % of a core, ${(each / 1024).toFixed(0)} KiB each`,
  )
  // Wide: it is to fail where each stream looks for itself, not where the machine is busy.
  assert.ok(cpu < 0.5, `${cpu} of a core`)
  assert.ok(each < 64 * 1024, `${each} bytes each`)
  await beside.app.unit(beside.account, ({ on }) => on(places).create({ name: 'Highbury' }))
  await until(
    async () => texts.filter(text => idsIn(text).length === 1).length,
    count => count === 1_000,
    'the event on all streams',
  )
  for (const socket of sockets) socket.destroy()
})
