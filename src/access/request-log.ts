import * as z from 'zod'
import { earliestId, isoTime, type UnixMs } from '../base/index.ts'
import { resource } from '../contract/index.ts'
import { createSweep, type Store, type TakePast, type Value } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'

const LoggedRequest = z
  .object({
    id: z.string().describe('The `Request-Id` of its answer'),
    at: z.iso.datetime().describe('When it came'),
    method: z.string(),
    route: z.string().describe('The path as the reference has it: `/articles/{id}`'),
    path: z.string().describe('The path as it was sent. What is no id stands as the name of its parameter'),
    query: z
      .string()
      .nullable()
      .describe('The parameters that it gave, without the values of those that take any text'),
    status: z.int(),
    problem: z.string().nullable().describe('The code of the problem that it was answered with'),
    duration_ms: z.int().describe('Until the answer could be sent'),
    replayed: z.boolean().describe('Whether the answer was kept under its `Idempotency-Key` by one before'),
    key_id: z.string().nullable().describe('The key that it was sent with; null where somebody is signed in'),
    address: z.string().nullable().describe('Where it came from'),
    user_agent: z.string().nullable().describe('As the program that sent it calls itself, shortened'),
    left_out: z
      .int()
      .describe('How many more of the account there were at about this time, too many to be kept here'),
  })
  .describe('A request, and what became of it')

export const loggedRequests = resource('request', {
  path: '/requests',
  schema: LoggedRequest,
  owner: 'account_id',
  table: 'signalbox_requests',
  prefix: 'req',
  methods: ['list', 'get'],
  filter: ['status', 'method', 'at'],
  events: false,
  description: 'What the account asked of the api of late, without bodies and secrets.',
})

/** How many days requests are kept, unless the program says otherwise. */
export const REQUEST_DAYS = 7

/** @throws Error that names the option and the mend. */
export function checkRequestLog({ days = REQUEST_DAYS, perSecond = 50 }: RequestLogOptions): void {
  if (!(days > 0 && Number.isFinite(days))) {
    throw new Error(`requestLog keeps requests for ${days} days: give a number above 0, or requestLog: false`)
  }
  if (!Number.isInteger(perSecond) || perSecond < 1 || perSecond > 1_000) {
    throw new Error(`requestLog keeps ${perSecond} requests a second: give 1 to 1000, or requestLog: false`)
  }
}

/** A request of an account. */
export interface LoggedRequest extends Omit<z.output<typeof LoggedRequest>, 'at' | 'left_out'> {
  readonly account: string
  readonly at: UnixMs
  /** Whether it asked for no more than to be shown something, and was. */
  readonly wasRead: boolean
}

export interface RequestLogOptions {
  /** How many days requests are kept. Default: 7. */
  readonly days?: number
  /** How many requests each process keeps in a second, all accounts together. Default: 50. */
  readonly perSecond?: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * The requests of the last second, and then the store. Each second has so many, whatever comes: where there are more, each
 * account has its share, and what changed something or failed goes before what was read. The others are counted.
 */
export interface RequestLog {
  /** Whether one of the account is worth making. Where it is not, it is counted as left out. */
  wants(account: string, wasRead: boolean): boolean
  add(request: LoggedRequest): void
  /** Writes what there is. */
  close(): Promise<void>
}

export interface RequestLogger {
  readonly store: Store
  readonly options: RequestLogOptions
  /** Told what became of requests: each is one of these in the end. `lost` are those that could not be written. */
  readonly count: (outcome: 'kept' | 'left-out' | 'lost', requests: number) => void
  readonly failed: Failed
}

/** A commit makes remembered answers forgotten, so there is no more than one in this time. */
const EVERY_MS = 1_000
/** Accounts of whom it is known how many requests were left out. */
const MAX_COUNTED = 10_000

const INSERT = `insert into signalbox_requests (id, account_id, at, method, route, path, query, status, problem,
  duration_ms, replayed, key_id, address, user_agent, left_out)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

export function createRequestLog({ store, options, count, failed }: RequestLogger): RequestLog {
  const { perSecond = 50 } = options
  let byAccount = new Map<string, LoggedRequest[]>()
  let size = 0
  /** Of each account, since its last one that was written. */
  const leftOut = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  function leaveOut(account: string, requests: number): void {
    if (leftOut.size >= MAX_COUNTED) leftOut.clear()
    leftOut.set(account, (leftOut.get(account) ?? 0) + requests)
  }
  /** Takes away what was only read, or else the latest, where that may go as well. */
  function giveUp(requests: LoggedRequest[], what: 'read' | 'any'): boolean {
    const read = requests.findLastIndex(({ wasRead }) => wasRead)
    if (read === -1 && what === 'read') return false
    const [gone] = requests.splice(read, 1)
    if (gone !== undefined) leaveOut(gone.account, 1)
    size--
    return true
  }
  function makeRoom(account: string, wasRead: boolean): boolean {
    const mine = byAccount.get(account)
    const share = perSecond / (byAccount.size + (mine === undefined ? 1 : 0))
    if (mine !== undefined && mine.length >= share) return !wasRead && giveUp(mine, 'read')
    for (const theirs of byAccount.values()) {
      if (theirs.length > Math.max(1, share)) return giveUp(theirs, 'any')
    }
    return false
  }

  async function write(): Promise<void> {
    const batch = [...byAccount].map(([account, requests]) => {
      const before = leftOut.get(account) ?? 0
      leftOut.delete(account)
      return { account, requests, before }
    })
    const all = size
    byAccount = new Map()
    size = 0
    try {
      await store.unit(async tx => {
        for (const { requests, before } of batch)
          for (const [i, one] of requests.entries())
            await tx.run(INSERT, ...valuesOf(one, i === 0 ? before : 0))
      }, 'requests')
      count('kept', all)
    } catch (error) {
      for (const { account, requests, before } of batch) leaveOut(account, requests.length + before)
      count('lost', all)
      failed(error, 'the log of requests')
    }
  }
  /** One after the other: what comes while one is written waits for the next, in the same bounds. */
  function writeSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      writing = write().finally(() => {
        writing = undefined
        if (size > 0) writeSoon()
      })
    }, EVERY_MS)
  }

  return {
    wants(account, wasRead) {
      if (size < perSecond) return true
      const room = makeRoom(account, wasRead)
      if (!room) leaveOut(account, 1)
      count('left-out', 1)
      return room
    },
    add(request) {
      const mine = byAccount.get(request.account)
      if (mine === undefined) byAccount.set(request.account, [request])
      else mine.push(request)
      size++
      if (writing === undefined) writeSoon()
    },
    async close() {
      clearTimeout(timer)
      await writing
      clearTimeout(timer)
      if (size > 0) await write()
    },
  }
}

const valuesOf = (one: LoggedRequest, leftOut: number): Value[] => [
  one.id,
  one.account,
  isoTime(one.at),
  one.method,
  one.route,
  one.path,
  one.query,
  one.status,
  one.problem,
  one.duration_ms,
  one.replayed ? 1 : 0,
  one.key_id,
  one.address,
  one.user_agent,
  leftOut,
]

/** Takes away requests up to an id. Ids tell when they were made. */
export const createRequestSweep = (): TakePast =>
  createSweep({ table: 'signalbox_requests', key: 'id', first: '', past: 'id < $2', most: 500 })

/** That of the first request which is not past its time. */
export const keptRequest = (days: number, now: UnixMs): string =>
  earliestId(loggedRequests.prefix, now - days * DAY_MS)
