import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { LOAD_CORE, start } from './processes.ts'

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: string
  /** Several values of `authorization`, which requests send in turn. */
  readonly callers?: readonly string[]
  /** A random UUID in each request's Idempotency-Key. */
  readonly freshKeys?: boolean
}

const CONNECTIONS = 64

/** What all requests but one in a hundred took at most, in milliseconds, beside how many a second. */
export interface Loaded {
  readonly perSecond: number
  readonly p99: number
}

/** Until then V8 compiles what is hot. */
const WARM_UP_SECONDS = 8

/** Load of which nothing is told: comes before each that is measured. */
export async function warmUp(origin: string, request: Request): Promise<void> {
  await loaded(origin, request, WARM_UP_SECONDS)
}

/** wrk's 64 connections on the loading core. Answers requests a second; throws where one was not a success. */
export const load = async (origin: string, request: Request, seconds: number): Promise<number> =>
  (await loaded(origin, request, seconds)).perSecond

/** The same, and how long they took. */
export async function loaded(origin: string, request: Request, seconds: number): Promise<Loaded> {
  const headers = [
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
    ...(request.callers ?? []).map(caller => `authorization: ${caller}`),
  ]
  // A run that used the warm-up's keys again would measure replays.
  const seed = request.freshKeys ? String(randomInt(2 ** 31)) : ''
  await using wrk = start({
    command: 'wrk',
    args: [
      ...[
        '-t1',
        `-c${CONNECTIONS}`,
        `-d${seconds}s`,
        '--timeout',
        '10s',
        '-s',
        join(import.meta.dirname, 'load.lua'),
      ],
      ...[origin, '--', request.method, request.path, request.body ?? '', seed, ...headers],
    ],
    core: LOAD_CORE,
  })
  return loadedOf(await wrk.line('{"requests"', (seconds + 30) * 1000))
}

/** From the line of JSON that load.lua prints. */
export function loadedOf(line: string): Loaded {
  const { requests, microseconds, refused, broken, p99 } = JSON.parse(line)
  if (refused > 0 || broken > 0 || !(requests > 0)) {
    throw new Error(
      `of ${requests} requests ${refused} were refused and ${broken} broke off: nothing was measured`,
    )
  }
  return { perSecond: requests / (microseconds / 1e6), p99: p99 / 1e3 }
}
