import { spawn } from 'node:child_process'
import { delimiter, resolve } from 'node:path'

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]]

export interface Result {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null
  /** Standard output and standard error, as they came; empty where they were passed through. */
  readonly output: string
}

/** The project's own tools, its Node among them, come before the machine's. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter),
}

export interface RunOptions {
  /** Passes the output through instead of keeping it. */
  readonly show?: boolean
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** Sends SIGTERM after this time. Without it there is no limit. */
  readonly timeoutMs?: number
  /** Sends SIGTERM when it aborts. The end is waited for all the same. */
  readonly signal?: AbortSignal
}

/** Runs to the end. Rejects where the program cannot be started. */
export function run(
  [program, ...args]: Command,
  { show = false, timeoutMs, signal, env: more = {} }: RunOptions = {},
): Promise<Result> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      env: { ...env, ...more },
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    })
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
    const end = (): void => void child.kill()
    signal?.addEventListener('abort', end)
    if (signal?.aborted === true) end()
    child.once('error', fail)
    child.once('close', code => {
      signal?.removeEventListener('abort', end)
      done({ code, output: Buffer.concat(chunks).toString() })
    })
  })
}

/** Runs one after the other and throws the output of the first that fails. */
export async function runAll(...commands: readonly Command[]): Promise<void> {
  for (const command of commands) {
    const { code, output } = await run(command)
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${output}`)
  }
}
