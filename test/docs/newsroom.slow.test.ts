import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { freshLocation, onPostgres } from '../database.ts'
import { quietPort, startNewsroom } from '../e2e/program.ts'
import { type Block, readDocument } from './markdown.ts'

const document = readDocument('docs/newsroom.md')
/** As the page writes it. */
const SQLITE_SHELL = /sqlite3 "\$\{DATABASE_URL:-data\/newsroom\.db\}"/g

test('the commands of the newsroom’s page run as printed, and answer what is printed', async () => {
  const place = await freshLocation()
  const program = await startNewsroom(place)
  const receiverPort = await quietPort()
  // Beside the packages, as the page tells its reader to save it.
  mkdirSync('.tmp', { recursive: true })
  const beside = mkdtempSync('.tmp/newsroom-')
  const receiver = join(beside, 'receiver.ts')
  writeFileSync(receiver, document.blocks.find(({ language }) => language === 'ts')?.text ?? '')
  const shellOf = (text: string): string =>
    onPostgres
      ? text.replaceAll(
          SQLITE_SHELL,
          'PGOPTIONS=\'-c search_path=public,signalbox\' psql -qAt "$DATABASE_URL" -c',
        )
      : text
  const here = (text: string): string =>
    shellOf(text)
      .replaceAll('http://127.0.0.1:8080', program.url)
      .replaceAll('127.0.0.1:9000', `127.0.0.1:${receiverPort}`)
      .replaceAll(' receiver.ts', ` ${receiver}`)
  const shell = openShell({ DATABASE_URL: place.location, RECEIVER_PORT: String(receiverPort) })
  try {
    const steps = stepsOf(document.blocks)
    assert.ok(steps.length > 10, 'the commands were found')
    for (const { command, answer } of steps) {
      const line = `${document.path}:${command.line}`
      const expected = answer && (JSON.parse(here(answer.text)) as unknown)
      await shell.runUntil(here(command.text), out => check(line, expected, out), isRead(command.text))
      if (command.text.endsWith('&')) await shell.printed('receiving')
    }
    await shell.printed('verified: article.updated')
  } finally {
    await shell.close()
    await program.kill()
    rmSync(beside, { recursive: true })
    await place.remove()
  }
})

test('an answer that differs from the printed one is found', () => {
  const printed = { id: 'art_01m8391cmxdfpjdxxsdwkahqd0', at: '2026-11-23T04:01:17.150Z', text: 'A …', n: 1 }
  const came = { id: 'art_01m8391fdk7512xbnhez80vgn6', at: '2026-11-24T05:02:18.000Z', text: 'A b', n: 1 }
  check('a.md:1', printed, JSON.stringify(came))
  for (const other of [
    { ...came, id: 'op_1' },
    { ...came, text: 'B' },
    { ...came, n: 2 },
    { ...came, m: 1 },
  ]) {
    assert.throws(() => check('a.md:1', printed, JSON.stringify(other)), assert.AssertionError)
  }
})

interface Step {
  readonly command: Block
  /** What is printed below it. */
  readonly answer: Block | undefined
}

/** The commands in order. The server is started already. */
function stepsOf(blocks: readonly Block[]): readonly Step[] {
  return blocks.flatMap((command, i) => {
    if (command.language !== 'sh' || command.text.startsWith('npm ')) return []
    const next = blocks[i + 1]
    return [{ command, answer: next?.language === 'json' ? next : undefined }]
  })
}

/** What only reads can be asked again until what it waits for has happened. */
const isRead = (command: string): boolean => command.startsWith('curl') && !/ -[dX] /.test(command)

/** @throws AssertionError where an answer is not what is printed, but for ids and times, and where … stands. */
function check(line: string, printed: unknown, out: string): void {
  if (printed === undefined) return
  const came = JSON.parse(out) as unknown
  assert.deepEqual(comparable(came, printed), comparable(printed, printed), line)
}

/** A value with its ids and times made equal, and with the text of `like` where that leaves some out. */
function comparable(value: unknown, like: unknown): unknown {
  if (typeof value === 'string') return comparableText(value, like)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return value.map((item, i) => comparable(item, Array.isArray(like) ? like[i] : undefined))
  const of = (name: string) => (like as { readonly [name: string]: unknown } | null | undefined)?.[name]
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, comparable(member, of(name))]),
  )
}

function comparableText(text: string, like: unknown): string {
  if (typeof like === 'string' && like.endsWith('…') && text.startsWith(like.slice(0, -1))) return like
  return text
    .replaceAll(/_[0-9a-z]{26}\b/g, '_ID')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, value =>
      value.endsWith('00.000Z') ? value : 'TIME',
    )
}

interface Shell {
  /** Runs a command until `good` does not throw: once, or for 30 s where it may be run again. */
  runUntil(command: string, good: (out: string) => void, again: boolean): Promise<void>
  /** Resolves when a program in the background has printed the line. */
  printed(line: string): Promise<void>
  close(): Promise<void>
}

const END = '--- end of the command'
/** What the receiver of the page prints: at the end of a line where an answer came before, which has no line break. */
const FROM_BEHIND = /(?:receiving|verified: [\w.]+)$/

/** One shell for all commands, since they share variables. */
function openShell(env: { readonly [name: string]: string }): Shell {
  // A group of its own, so that what it starts in the background ends with it.
  const child: ChildProcess = spawn('bash', ['-u'], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the shell has no pipes')
  const lines = createInterface({ input: stdout })
  const background: string[] = []
  const died = once(child, 'exit').then(() => {
    throw new Error('the shell ended')
  })
  died.catch(() => undefined)

  let ended: ((out: string) => void) | undefined
  let out: string[] = []
  lines.on('line', line => {
    const [behind] = FROM_BEHIND.exec(line) ?? []
    if (behind !== undefined) {
      background.push(behind)
      if (behind.length < line.length) out.push(line.slice(0, -behind.length))
    } else if (!line.endsWith(END)) out.push(line)
    else {
      // curl prints no line break after an answer.
      ended?.([...out, line.slice(0, -END.length)].join('\n'))
      out = []
    }
  })
  const run = (command: string): Promise<string> => {
    const answer = new Promise<string>(resolve => {
      ended = resolve
    })
    stdin.write(`${command}\nprintf '%s\\n' '${END}'\n`)
    return Promise.race([answer, died])
  }

  return {
    async runUntil(command, good, again) {
      const deadline = performance.now() + 30_000
      for (;;) {
        const out = await run(command)
        try {
          good(out)
          return
        } catch (error) {
          if (!again || performance.now() > deadline) throw error
        }
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    async printed(line) {
      while (!background.includes(line)) await once(lines, 'line', { signal: AbortSignal.timeout(30_000) })
    },
    async close() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await ended
    },
  }
}
