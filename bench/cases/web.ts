import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, program, type Running, SUBJECT_CORE, start } from '../processes.ts'

/** A fresh process that answers HTTP. Disposing ends it. */
export interface WebSubject extends AsyncDisposable {
  readonly origin: string
  readonly pid: number
  /** The first line of its output that holds `words`. */
  line(words: string): Promise<string>
  /** What it told about itself, where it is not as the others: see `Ready`. */
  readonly ready: Ready
}

/** A subject prints `READY`, and after it, as JSON, what is its own. */
export interface Ready {
  /** Default: `/articles/art_1`. */
  readonly article?: string
  /** Default: `/articles`. */
  readonly articles?: string
  /** Where articles are made. Default: as `articles`. */
  readonly posts?: string
  /** For every request: the bearer key of a subject that asks for one. */
  readonly headers?: { readonly [name: string]: string }
  /** The `authorization` of each account, where there are several. */
  readonly callers?: readonly string[]
}

/** `file` is a program of bench/subjects that listens on PORT, keeps its data in DATA, and prints READY. */
export async function startWebSubject(
  file: string,
  data = '',
  environment: { readonly [name: string]: string } = {},
): Promise<WebSubject> {
  const port = await freePort()
  const path = join(import.meta.dirname, '..', 'subjects', file)
  const running: Running = start(
    program(path, { ...environment, PORT: String(port), DATA: data }, SUBJECT_CORE),
  )
  try {
    const line = await running.line('READY', 60_000)
    await untilItTakesConnections(port)
    const own = line.slice(line.indexOf('READY') + 'READY'.length).trim()
    return {
      origin: `http://127.0.0.1:${port}`,
      pid: running.pid,
      line: words => running.line(words, 10_000),
      ready: own === '' ? {} : JSON.parse(own),
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    }
  } catch (error) {
    await running[Symbol.asyncDispose]()
    throw error
  }
}

/** Elysia calls back before it listens. */
async function untilItTakesConnections(port: number): Promise<void> {
  for (let attempt = 1; attempt <= 100; attempt++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await pause(50)
    } finally {
      socket.destroy()
    }
  }
  throw new Error(`nobody listens on port ${port}`)
}
