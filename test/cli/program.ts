import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The program at work. */
export interface Running extends AsyncDisposable {
  /** Resolves when what it has printed fits: its result, and what it said of it. */
  printed(fits: (out: string, err: string) => boolean): Promise<void>
  readonly out: () => string
  readonly err: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  interrupt(): Promise<Ran>
}

interface Calling {
  readonly url: string
  readonly key: string
}

/** Starts the real program, as somebody with a key does. */
export function start(
  args: readonly string[],
  calling?: Calling,
  input = '',
): Running & { ended: Promise<Ran> } {
  const { SIGNALBOX_URL: _, SIGNALBOX_KEY: __, ...env } = process.env
  const child = spawn(process.execPath, ['--conditions=signalbox-source', 'src/cli/main.ts', ...args], {
    env: { ...env, ...(calling && { SIGNALBOX_URL: `${calling.url}/v1`, SIGNALBOX_KEY: calling.key }) },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  const told = (): void => {
    for (const look of waiting) look()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    told()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
    told()
  })
  child.stdin.end(input)
  const ended = once(child, 'close').then(([code]): Ran => ({ code: code as number | null, out, err }))
  const interrupt = (): Promise<Ran> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
    return ended
  }
  return {
    ended,
    out: () => out,
    err: () => err,
    kill: signal => void child.kill(signal),
    interrupt,
    printed: fits =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!fits(out, err)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended:\n${out}\n${err}`)))
      }),
    [Symbol.asyncDispose]: async () => void (await interrupt()),
  }
}

export const run = (args: readonly string[], calling?: Calling, input?: string): Promise<Ran> =>
  start(args, calling, input).ended
