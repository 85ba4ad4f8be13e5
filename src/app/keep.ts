import {
  auditFrom,
  createAuditSweep,
  createLimitSweep,
  createRequestSweep,
  keptRequest,
} from '../access/index.ts'
import { type Clock, isoTime, type Seal } from '../base/index.ts'
import { type Duration, durationMs } from '../contract/index.ts'
import type { Store } from '../store/index.ts'
import { createAnswerSweep, forgetEmitted } from '../unit/index.ts'
import { createKeeper, forgetSecrets, reseal } from '../webhooks/index.ts'
import { createOperationSweep } from '../work/index.ts'

/** How long what is past is kept: `'90 days'`, or null for ever. What is still to be done stays, whatever its age. */
export interface Keep {
  /**
   * Events, from when they happened; at least as long as a delivery of them is kept. The latest of each account stays.
   * Default: 90 days.
   */
  readonly events?: Duration | null
  /** Deliveries with their attempts, from when they were settled. Default: 30 days. */
  readonly deliveries?: Duration | null
  /** What was sent, from when the last delivery that sent it was settled. Default: as deliveries. */
  readonly payloads?: Duration | null
  /** Operations with their results, from when they were settled. Default: 30 days. */
  readonly operations?: Duration | null
  /** The audit log. Default: 400 days. */
  readonly audit?: Duration | null
  /** The answers to requests with an `Idempotency-Key`. Default: 24 hours. */
  readonly answers?: Duration
}

/** The same in milliseconds; infinite where it is for ever. */
export type KeepMs = { readonly [K in keyof Required<Keep>]: number }

const DAY_MS = 24 * 60 * 60 * 1000
const LONGEST_MS = 3650 * DAY_MS

/** @throws Error that names the option and the mend. */
export function keepMs({
  events,
  deliveries,
  payloads = deliveries,
  operations,
  audit,
  answers,
}: Keep): KeepMs {
  const ms = (kind: keyof Keep, given: Duration | null | undefined, usual: Duration): number => {
    if (given === null) return Number.POSITIVE_INFINITY
    const found = durationMs(given ?? usual, LONGEST_MS)
    if (found !== undefined) return found
    throw new Error(
      `keep: ${kind} are kept for '${given}': write '90 days', up to '3650 days', or null for ever`,
    )
  }
  return {
    events: ms('events', events, '90 days'),
    deliveries: ms('deliveries', deliveries, '30 days'),
    payloads: ms('payloads', payloads, '30 days'),
    operations: ms('operations', operations, '30 days'),
    audit: ms('audit', audit, '400 days'),
    answers: ms('answers', answers, '24 hours'),
  }
}

export interface Housekeeping {
  readonly store: Store
  readonly clock: Clock
  readonly keep: KeepMs
  /** How many days requests are kept; undefined where they are not. */
  readonly requestDays: number | undefined
  readonly seal: Seal
}

/** Answers what takes away some of all that is past its time, and tells whether there may be more: 0 where there is none. */
export function createHousekeeping(options: Housekeeping): () => Promise<number> {
  const { store, clock, keep, requestDays, seal } = options
  const forgetEvents = createKeeper(store, clock, keep)
  const answers = createAnswerSweep(store.dialect)
  const limits = createLimitSweep()
  const operations = createOperationSweep()
  const audit = createAuditSweep()
  const requests = createRequestSweep()
  return async () => {
    const now = clock.now()
    const elapsed = clock.elapsed()
    const before = (ms: number): number => Math.max(0, now - ms)
    return sum([
      await answers(store, elapsed, isoTime(before(keep.answers))),
      await limits(store, elapsed, now),
      await operations(store, elapsed, isoTime(before(keep.operations))),
      await audit(store, elapsed, auditFrom(before(keep.audit))),
      requestDays === undefined ? 0 : await requests(store, elapsed, keptRequest(requestDays, now)),
      await forgetEvents(),
      await forgetEmitted(store, before(keep.events)),
      await forgetSecrets(store, now),
      await reseal(store, seal),
    ])
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
