import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { postgresPrograms } from '../../scripts/postgres.ts'
import { until } from '../e2e/client.ts'
import { tempFolder } from '../store/temp.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/test.ts', import.meta.url))

/** Runs the tests of a project that has these files. */
async function startRun(folder: string, files: Readonly<Record<string, string>>, fileSeconds: number) {
  await mkdir(join(folder, 'test'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'test', name), text)
  const child = spawn(process.execPath, [SCRIPT], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      // Within tests Node's test runner runs none.
      NODE_TEST_CONTEXT: undefined,
      SIGNALBOX_TEST_POSTGRES: undefined,
      DATABASE_URL: undefined,
      SIGNALBOX_TEST_FILE_SECONDS: String(fileSeconds),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  return { child, output: () => output, ended: once(child, 'close') as Promise<[number | null]> }
}

test('a file that does not end fails by its name, with what it holds, and the others are run', async () => {
  await using folder = await tempFolder()
  const begin = `import { createServer } from 'node:http'
    import { test } from 'node:test'\n`
  const { ended, output } = await startRun(
    folder.path,
    {
      'leaves.test.ts': `${begin}test('fails', () => { createServer().listen(0); throw new Error('planted') })`,
      'loops.test.ts': `${begin}test('loops', () => { for (;;); })`,
      'waits.test.ts': `${begin}test('waits', () => new Promise(() => setInterval(() => undefined, 100)))`,
      'well.test.ts': `${begin}test('passes', () => undefined)`,
    },
    4,
  )
  const [code] = await ended
  assert.equal(code, 1)
  assert.match(
    output(),
    /test\/leaves\.test\.ts was still open 2 s after its last test\. It holds open: TCPServerWrap/,
  )
  assert.match(output(), /test\/waits\.test\.ts has not ended in 4 s\. It holds open: Timeout/)
  assert.match(output(), /✖ test\/waits\.test\.ts/)
  assert.match(output(), /✖ test\/loops\.test\.ts/)
  assert.match(output(), /✔ passes/)
})

const skip = postgresPrograms() === undefined && process.env['CI'] !== 'true' && 'PostgreSQL is not installed'

// It stands where the project's own lies.
const SHARED = { 'postgres.ts': "export const url = process.env['SIGNALBOX_TEST_POSTGRES'] ?? ''" }
const asking = (then: string): string => `import { once } from 'node:events'
  import { writeFile } from 'node:fs/promises'
  import { connect } from 'node:net'
  import { test } from 'node:test'
  import { url } from './postgres.ts'
  test('asks', async () => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.destroy()
    await writeFile('asked', port)
    ${then}
  })`

/** The port at which a planted test has found a server. */
const portIn = (folder: string): Promise<number> =>
  until(
    async () => Number(await readFile(join(folder, 'asked'), 'utf8').catch(() => '')),
    port => port > 0,
    'the server of the planted test',
  )

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const answers = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return answers
}

test('tests on PostgreSQL share one server, which ends with the run when they fail', { skip }, async () => {
  await using folder = await tempFolder()
  const files = { ...SHARED, 'asks.test.ts': asking("throw new Error('planted')") }
  const { ended, output } = await startRun(folder.path, files, 60)
  const [code] = await ended
  assert.equal(code, 1)
  assert.match(output(), /planted/)
  assert.equal(await isOpen(await portIn(folder.path)), false)
})

test('it ends with the run when that is told to end', { skip }, async () => {
  await using folder = await tempFolder()
  const files = { ...SHARED, 'asks.test.ts': asking('await new Promise(() => setInterval(() => 1, 100))') }
  const { child, ended, output } = await startRun(folder.path, files, 60)
  const port = await portIn(folder.path)
  assert.equal(await isOpen(port), true)
  child.kill('SIGTERM')
  const [code] = await ended
  assert.equal(code, 1)
  assert.match(output(), /Interrupted while running:\s+⚠ test\/asks\.test\.ts/)
  assert.equal(await isOpen(port), false)
})
