import type { Clock, UnixMs } from '../base/index.ts'
import { gcra, type Standing, windowOf } from '../http/index.ts'
import { createSweep, type Store, type TakePast, type Tx } from '../store/index.ts'
import { createLimiter, type Decision, type Limiter, type Use } from './limiter.ts'
import { createRecent, type Recent } from './recent.ts'
import { planTaking, type SharedRate, type SharedUse, shareRate } from './shared-rate.ts'

// The counting of `shared-rate.ts`, over the store: one unit at a time takes what all requests need that came since the one before.
// While the store cannot be asked, or is slow, each process serves its share by its own memory: nobody is shut out, and all
// processes together serve twice what the rate allows at most, once by the store and once by their shares.

/** A request waits so long for the store; then its process decides alone. */
const PATIENCE_MS = 1_000
/** So long after a failure the store is not asked. */
const RETRY_MS = 1_000
/**
 * Where nothing is left, the store is asked again when a request, or a sixteenth of the burst, has come back, and a busy
 * caller's rate not more often than fifty times a second.
 */
const PAUSE_PART = 1 / 16
const MOST_PAUSE_MS = 20
/** Requests in one unit. */
const BATCH = 128
/** What is held of a caller who stays away is kept so long at least. */
const HOLD_MS = 60_000
const MOST_HOLDINGS = 100_000

const SCOPE = 'limits'
const READ = 'select tat from signalbox_limits where id = $1'
const WRITE = `insert into signalbox_limits (id, tat) values ($1, $2)
  on conflict (id) do update set tat = excluded.tat`

/** What this process has of one caller of one rate, and knows of the rest. */
interface Holding extends SharedUse {
  held: number
  /** The store's time when it was last seen. */
  tat: number
  refusedUntil: UnixMs
}

interface Waiting {
  readonly holdings: readonly Holding[]
  /** Of which the store is to be asked. Of the others one that was held is taken. */
  readonly lacking: readonly Holding[]
  readonly answer: (decision: Decision) => void
}

/**
 * Counts the requests of several processes on one store together, by the wall clock.
 *
 * @param processes how many there are at most. Each one more lets through what it holds besides.
 */
export function createSharedLimiter(store: Store, processes: number, clock: Clock): Limiter {
  const holdingOf = createHoldings(processes)
  const decideAlone = createFallback()
  let waiting: Waiting[] = []
  let asking = false
  let aloneUntil: UnixMs = 0

  async function ask(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return
    const now = clock.now()
    const giveUp = (): void => {
      aloneUntil = Number.POSITIVE_INFINITY
      for (const { holdings, answer } of [...batch, ...waiting]) answer(decideAlone(holdings, now))
      waiting = []
    }
    const impatient = setTimeout(giveUp, PATIENCE_MS)
    try {
      await store.unit(tx => take(tx, batch, now), SCOPE).then(settled => settled())
      aloneUntil = 0
    } catch {
      // A store that fails is reported by all else that needs it.
      giveUp()
      aloneUntil = clock.now() + RETRY_MS
    } finally {
      clearTimeout(impatient)
    }
  }

  async function askForAll(): Promise<void> {
    asking = true
    while (waiting.length > 0)
      await ask(waiting.splice(0, BATCH).flatMap(each => stillLacking(each, clock.now())))
    asking = false
  }

  return (uses, now) => {
    const holdings = uses.map(use => holdingOf(use, now))
    const waitMs = Math.max(0, ...holdings.map(holding => waitOf(holding, now)))
    if (waitMs > 0) return { waitMs, standings: standingsOf(holdings, now) }
    if (now < aloneUntil && holdings.some(({ held }) => held === 0)) return decideAlone(holdings, now)
    const lacking = holdings.filter(isLacking)
    if (lacking.length === 0) return { waitMs: 0, standings: standingsOf(holdings, now) }
    return new Promise(answer => {
      waiting.push({ holdings, lacking, answer })
      if (!asking) void askForAll()
    })
  }
}

/** Takes one of what is held, where there is one. */
function isLacking(holding: Holding): boolean {
  if (holding.held === 0) return true
  holding.held--
  return false
}

/** The unit before may have left this process some. */
function stillLacking({ holdings, lacking, answer }: Waiting, now: UnixMs): readonly Waiting[] {
  const rest = lacking.filter(isLacking)
  if (rest.length > 0) return [{ holdings, lacking: rest, answer }]
  answer({ waitMs: 0, standings: standingsOf(holdings, now) })
  return []
}

/** Takes away the callers that have all of their rates back by a time. One that calls again comes behind those of that time. */
export const createLimitSweep = (): TakePast =>
  createSweep({ table: 'signalbox_limits', key: 'tat', first: 0, past: 'tat <= $2', most: 500 })

function createHoldings(processes: number): (use: Use, now: number) => Holding {
  const rates = new Map<string, { readonly shared: SharedRate; readonly known: Recent<Holding> }>()
  return ({ name, rate, subject }, now) => {
    const { shared, known } = rates.get(name) ?? {
      shared: shareRate(rate, processes),
      known: createRecent<Holding>(HOLD_MS, MOST_HOLDINGS),
    }
    rates.set(name, { shared, known })
    const fresh = { id: `${name} ${subject}`, name, rate, subject, shared, held: 0, tat: 0, refusedUntil: 0 }
    const holding = known.get(subject, now) ?? fresh
    known.set(subject, holding)
    return holding
  }
}

/** Decides by this process's share, in its memory. */
function createFallback(): (holdings: readonly Holding[], now: UnixMs) => Decision {
  const limiter = createLimiter()
  return (holdings, now) =>
    limiter(
      holdings.map(({ name, subject, shared }) => ({ name, subject, rate: shared.alone })),
      now,
    )
}

/** The unit that takes requests. What it answers tells those who wait, once all is on disk. */
async function take(tx: Tx, batch: readonly Waiting[], now: UnixMs): Promise<() => void> {
  const asked = new Map(batch.flatMap(({ lacking }) => lacking.map(holding => [holding.id, holding])))
  const before = new Map<string, number>()
  for (const id of asked.keys()) before.set(id, Number((await tx.get(READ, id))?.['tat'] ?? 0))
  const requests = batch.map(({ lacking }) => lacking)
  const { waits, times, held } = planTaking(requests, before, now)
  for (const [id, tat] of times) await tx.run(WRITE, id, tat)
  return () => {
    for (const [id, holding] of asked) {
      holding.tat = times.get(id) ?? before.get(id) ?? 0
      holding.held = held.get(id) ?? 0
      const { waitMs } = gcra(holding.tat, now, holding.shared.common)
      if (waitMs > 0) holding.refusedUntil = now + Math.max(waitMs, pauseOf(holding))
    }
    for (const [i, { holdings, lacking, answer }] of batch.entries()) {
      const waitMs = waits[i] ?? 0
      if (waitMs > 0) for (const holding of holdings) if (!lacking.includes(holding)) giveBack(holding)
      answer({ waitMs, standings: standingsOf(holdings, now) })
    }
  }
}

function giveBack(holding: Holding): void {
  holding.held = Math.min(holding.held + 1, holding.shared.spare)
}

const intervalOf = ({ shared: { common } }: Holding): number => common.perMs / common.requests

const pauseOf = (holding: Holding): number =>
  Math.min(MOST_PAUSE_MS, windowOf(holding.shared.common) * PAUSE_PART)

/** Until the store is asked again. A clock that was set back makes nobody wait for more than a request to come back. */
function waitOf(holding: Holding, now: UnixMs): number {
  const waitMs = holding.held > 0 ? 0 : holding.refusedUntil - now
  return waitMs > intervalOf(holding) + MOST_PAUSE_MS ? 0 : Math.max(0, waitMs)
}

/** What is left is what is held, and what the store had when it was last seen and has got back since. */
function standingsOf(holdings: readonly Holding[], now: UnixMs): readonly Standing[] {
  return holdings.map(({ name, rate, shared, held, tat }) => {
    const { waitMs, left } = gcra(tat, now, shared.common)
    const room = waitMs > 0 ? 0 : left + 1
    return { name, rate, left: held + room, resetMs: Math.max(0, tat - now) }
  })
}
