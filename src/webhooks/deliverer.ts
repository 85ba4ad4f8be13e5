import type { Random } from '../base/index.ts'
import type { Store, Tx } from '../store/index.ts'
import type { Failed, Meter } from '../telemetry/index.ts'
import { type Loop, startLoop } from '../work/index.ts'
import { AT_HAND_MS, createAtHand } from './at-hand.ts'
import { type AttemptOptions, attempt, measureAttempts } from './attempt.ts'
import { claimDeliveries, type Room } from './claim.ts'
import type { Claimed } from './claimed.ts'
import { MAX_CONCURRENCY } from './lane-plan.ts'
import { nextReady, reopenLane, slowLanes, takeLanes } from './lanes.ts'
import type { Outcome } from './outcome.ts'
import { eventTypesOf } from './payloads.ts'
import { createPlaces, SLOW_MS } from './places.ts'
import { releaseRows } from './queue.ts'
import { createSettler, settleAttempts } from './settle.ts'
import type { Sending } from './write-owed.ts'

/** How long attempts may go on once the process is told to stop. They are given back after it. */
const DRAIN_MS = 8_000

export interface DelivererOptions extends AttemptOptions {
  readonly store: Store
  readonly random: Random
  readonly meter: Meter
  readonly failed: Failed
}

export interface Deliverer extends Sending {
  wake(): void
  /** Begins nothing more of a webhook that was claimed before it changed. */
  letGo(webhook: string): void
  /** Lets attempts end for up to 8 s, then gives the rest back. */
  stop(): Promise<void>
}

/** Sends what is due, for as long as the process lives. */
export function startDeliverer(options: DelivererOptions): Deliverer {
  const { store, env, random, failed } = options
  const { clock } = env
  const places = createPlaces(clock.elapsed)
  const typeOf = eventTypesOf(env)
  const measure = measureAttempts(options.meter)
  // Another process claims and settles beside this one.
  const scope = env.newId('sending')
  const atHand = createAtHand(clock.elapsed)
  const settle = createSettler({
    ...options,
    scope,
    underWay: () => places.fast + atHand.size,
    storing: () => expect(),
    stored: atHand.stored,
  })
  let expected = false
  let looking: NodeJS.Timeout | undefined

  /** They are claimed, and on disk. */
  function take(claimed: readonly Claimed[]): void {
    const fresh = claimed.filter(job => !places.goesOn(job))
    for (const job of atHand.take(fresh)) begin(job)
    lookAtHand()
  }
  function begin(job: Claimed): void {
    places.begin(job)
    attempt(options, job)
      .then(measure)
      .then(made => {
        // First: what begins next must not stand between an outcome and its being stored.
        settle.add(made)
        ended(job, made.outcome)
      })
      // Its lease runs out, and it is tried again; here it must not take up room for ever.
      .catch((error: unknown) => {
        ended(job, undefined)
        atHand.stored([job])
        failed(error, `delivery ${job.id}`, [job.order])
      })
  }
  function ended(job: Claimed, outcome: Outcome | undefined): void {
    places.end(job)
    const { begin: next, giveBack } = atHand.ended(job, outcome)
    for (const one of next) begin(one)
    giveBackSome(giveBack)
  }

  function lookAtHand(): void {
    if (atHand.size === 0) return
    looking ??= setTimeout(() => {
      looking = undefined
      giveBackSome(atHand.takeOld())
      lookAtHand()
    }, AT_HAND_MS / 4)
  }
  function giveBackSome(jobs: readonly Claimed[]): void {
    if (jobs.length === 0) return
    const given = store.unit(tx => giveBack(tx, jobs), scope, 'keyed')
    // Their leases run out.
    given.then(loop.wake, (error: unknown) => failed(error, `giving back ${jobs.length} deliveries`))
  }

  /** Where places run short nobody refills theirs before others had one. */
  function capacity(): Room {
    const room = places.room()
    return { ...room, ahead: room.fast < MAX_CONCURRENCY ? 0 : atHand.room }
  }
  const claim = (tx: Tx): Promise<readonly Claimed[]> =>
    slowLanes(tx, places.takeSlowed()).then(() =>
      claimDeliveries(tx, capacity(), atHand.holding, clock.now(), typeOf),
    )

  /** Milliseconds until there is something to claim, and room for it. */
  async function idleMs(): Promise<number> {
    const room = places.room()
    const pools = [room.fast > 0 ? [false] : [], room.slow > 0 ? [true] : []].flat()
    const ready = await Promise.all(pools.map(slow => nextReady(store.peek, slow)))
    const first = Math.min(...ready.map(at => at ?? Number.POSITIVE_INFINITY))
    // Attempts under way grow old, and make room.
    const aging = room.fast > 0 ? Number.POSITIVE_INFINITY : SLOW_MS
    return Math.min(Math.max(0, first - clock.now()), aging)
  }

  const loop: Loop = startLoop(
    async () => {
      if (!expected) {
        const idle = await idleMs()
        if (idle > 0 && !expected) return idle
      }
      expected = false
      take(await store.unit(claim, scope, 'keyed'))
      return 0
    },
    error => failed(error, 'deliveries'),
  )

  function expect(): void {
    expected = true
    loop.wake()
  }

  return {
    wake: loop.wake,
    letGo: webhook => giveBackSome(atHand.takeOf(webhook)),
    capacity() {
      const { fast, ahead } = capacity()
      return { room: fast, ahead, holding: atHand.holding }
    },
    expect,
    take,
    async stop() {
      await loop.stop()
      clearTimeout(looking)
      giveBackSome(atHand.takeAll())
      const deadline = clock.elapsed() + DRAIN_MS
      while ((places.size > 0 || settle.busy) && clock.elapsed() < deadline)
        await settle.next(deadline - clock.elapsed())
      // What ends from here on is not an outcome: it ends because this process does.
      const over = settle.stop()
      const left = [...places.jobs(), ...atHand.takeAll()]
      const lanes = new Set([...left, ...over.map(({ job }) => job)].map(job => job.webhook))
      await store.unit(
        async tx => {
          await takeLanes(tx, lanes)
          // They have no place any more, and nobody else would store them before their leases end.
          if (over.length > 0) await settleAttempts(tx, env, random, over)
          await putBack(tx, left)
        },
        scope,
        'keyed',
      )
    },
  }
}

/** They are due as they were, and anybody's. */
async function giveBack(tx: Tx, jobs: readonly Claimed[]): Promise<void> {
  const lanes = new Set(jobs.map(({ webhook }) => webhook))
  await takeLanes(tx, lanes)
  await putBack(tx, jobs)
}

/** What a webhook that was deleted had is gone, and its lane goes with the next look. */
async function putBack(tx: Tx, jobs: readonly Claimed[]): Promise<void> {
  for (const webhook of await releaseRows(tx, jobs)) await reopenLane(tx, webhook)
}
