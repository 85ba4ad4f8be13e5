import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FreshLocation } from '../sqlite-location.ts'

export interface Program extends AsyncDisposable {
  readonly url: string
  readonly key: string
  readonly output: () => string
  /** SIGKILL: nothing is said goodbye to. */
  kill(): Promise<void>
  /** SIGTERM. Answers the exit code. */
  stop(): Promise<number | null>
}

/** Starts the newsroom as `npm start` does, and waits until it has printed its addresses. */
export async function startNewsroom(
  { location, folder }: Pick<FreshLocation, 'location' | 'folder'>,
  port = 0,
): Promise<Program> {
  const child = spawn(process.execPath, ['--conditions=signalbox-source', 'examples/newsroom/start.ts'], {
    env: { ...process.env, PORT: String(port), DATABASE_URL: location, FILES: join(folder, 'files') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = async (): Promise<void> => void (await end(child, 'SIGKILL'))
  // However its file ends.
  process.once('exit', () => child.kill('SIGKILL'))
  let output = ''
  const printed = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Stop it with')) resolve()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.once('exit', code => reject(new Error(`the newsroom ended with ${code}:\n${output}`)))
  })
  await printed
  const url = /API\s+(http:\/\/[^/\s]+)/.exec(output)?.[1] ?? ''
  const key = /^\s+(news_[0-9A-Za-z]{36})$/m.exec(output)?.[1] ?? ''
  return {
    url,
    key,
    output: () => output,
    kill,
    stop: () => end(child, 'SIGTERM'),
    [Symbol.asyncDispose]: kill,
  }
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit') as Promise<[number | null]>
  child.kill(signal)
  const [code] = await ended
  return code
}

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<
  { path: (name: string) => string; remove(): Promise<void> } & AsyncDisposable
> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  return { path: name => join(folder, name), remove, [Symbol.asyncDispose]: remove }
}

/** Below the ports that the system hands out by itself: whoever lets go of it for a moment finds it free again. */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ])
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
