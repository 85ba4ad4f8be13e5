import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { bundled } from '../../bundled.ts'
import type { Location } from '../../store-at.ts'
import type { Order } from './order.ts'

/** A server in a process of its own. */
export interface Server {
  readonly url: string
  /** Resolves when it has heard, or has ended. */
  tell(order: Order): Promise<void>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>
  /** No file of its can grow beyond this from now on; null: any can. */
  limitFiles(bytes: number | null): void
}

export interface Servers {
  start(order: Order): Promise<Server>
  /** Kills what still runs. */
  close(): void
}

let program: Promise<string> | undefined

/**
 * The next process is always there already, with its modules read: so a kill costs little time.
 *
 * @param folder where they keep what is compiled of them.
 */
export async function createServers(location: Location, folder: string): Promise<Servers> {
  program ??= bundled(new URL('../children/ledger.ts', import.meta.url))
  const path = await program
  const children = new Set<ChildProcess>()
  const prepare = (): ChildProcess => {
    const child = fork(path, [location], {
      // All tests of a run keep what is compiled in one place (scripts/test.ts).
      env: { NODE_COMPILE_CACHE: join(folder, 'modules'), ...process.env },
    })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  let spare = prepare()
  return {
    async start(order) {
      const child = spare
      spare = prepare()
      child.send(order)
      const ended = once(child, 'exit')
      const said = await Promise.race([
        once(child, 'message'),
        ended.then(() => Promise.reject(new Error('the server ended before it listened'))),
      ])
      const [{ url }] = said as [{ url: string }]
      return {
        url,
        ended,
        async tell(more) {
          // It may be gone by now.
          child.send(more, () => undefined)
          await Promise.race([once(child, 'message'), ended])
        },
        signal: signal => void child.kill(signal),
        limitFiles(bytes) {
          if (child.exitCode !== null || child.signalCode !== null) return
          const limit = `--fsize=${bytes ?? 'unlimited'}:unlimited`
          execFileSync('prlimit', ['--pid', String(child.pid), limit])
        },
      }
    },
    close() {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}
