import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly process: ChildProcessWithoutNullStreams
  /** The lines of its output, as they come. */
  readonly lines: AsyncIterableIterator<string>
  /** Resolves with the exit code (null after a signal) when it has ended and all of its output is read. */
  readonly ended: Promise<number | null>
}

/** Runs `children/<name>.ts` in a process of its own, below another program where one is given. */
export function startChild(name: string, args: readonly string[], below: readonly string[] = []): Child {
  const script = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url))
  const [command = process.execPath, ...rest] = [...below, process.execPath, script, ...args]
  const child = spawn(command, rest)
  child.stderr.pipe(process.stderr)
  return {
    process: child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    ended: once(child, 'close').then(([code]) => code as number | null),
  }
}

/** The next line; an error where the child ended instead. */
export async function line(child: Child): Promise<string> {
  const { value, done } = await child.lines.next()
  if (done) throw new Error('the child ended without a further line')
  return value
}
