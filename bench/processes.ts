import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

/** The measured process has one core to itself, and so has what loads it. */
export const SUBJECT_CORE = 0
export const LOAD_CORE = 1

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: { readonly [name: string]: string }
  /** Default: any core. */
  readonly core?: number
  /** Another user, where a program refuses to run as root. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
}

/** Disposing stops it. */
export interface Running extends AsyncDisposable {
  readonly pid: number
  /** The first line of its output that holds `words`. Rejects when it ends before, or after `withinMs`. */
  line(words: string, withinMs: number): Promise<string>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

export function start(what: Command): Running {
  const { command, args } = pinned(what)
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...what.env },
    ...what.user,
  })
  running.add(child)
  const seen: string[] = []
  const news = new EventEmitter().setMaxListeners(0)
  let ended: string | undefined
  const end = (reason: string): void => {
    running.delete(child)
    ended = reason
    news.emit('news')
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', text => {
      seen.push(text)
      news.emit('news')
    })
  }
  child.once('error', error => end(error.message))
  child.once('close', code => end(`it ended with ${code}`))

  return {
    // taskset becomes the program that it starts.
    pid: child.pid ?? 0,
    line: (words, withinMs) =>
      new Promise((resolve, reject) => {
        const fail = (reason: string): void => {
          const tail = seen.slice(-12).join('\n')
          settle(() => reject(new Error(`${what.args.at(-1)} did not say '${words}': ${reason}\n${tail}`)))
        }
        const timer = setTimeout(() => fail(`${withinMs} ms have passed`), withinMs)
        const look = (): void => {
          const found = seen.find(text => text.includes(words))
          if (found !== undefined) settle(() => resolve(found))
          else if (ended !== undefined) fail(ended)
        }
        const settle = (act: () => void): void => {
          clearTimeout(timer)
          news.off('news', look)
          act()
        }
        news.on('news', look)
        look()
      }),
    [Symbol.asyncDispose]: () => stop(child, what.stopSignal ?? 'SIGTERM'),
  }
}

/** One of our programs on this very node. */
export const program = (file: string, env: Command['env'], core: number): Command => ({
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning', file],
  env: { ...env, NODE_ENV: 'production' },
  core,
})

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

function pinned({ command, args, core }: Command): { readonly command: string; readonly args: string[] } {
  if (core === undefined) return { command, args: [...args] }
  if (availableParallelism() <= core) throw new Error('the benches need two cores: one measured, one loading')
  return { command: 'taskset', args: ['-c', String(core), command, ...args] }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await closed
  clearTimeout(impatience)
}
