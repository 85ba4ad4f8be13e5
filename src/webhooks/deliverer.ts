import type { Random } from '../base/index.ts'
import type { Store, Tx } from '../store/index.ts'
import type { Failed, Meter } from '../telemetry/index.ts'
import { type Loop, startLoop } from '../work/index.ts'
import { type AttemptOptions, attempt, measureAttempts } from './attempt.ts'
import { claimDeliveries } from './claim.ts'
import type { Claimed } from './claimed.ts'
import { nextReady, refreshLane, slowLanes, takeLanes } from './lanes.ts'
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
  const settle = createSettler({ ...options, scope, underWay: () => places.fast, storing: () => expect() })
  let expected = false

  function begin(job: Claimed): void {
    if (!places.begin(job)) return
    attempt(options, job)
      .then(measure)
      .then(ended => {
        places.end(job)
        settle.add(ended)
      })
      // Its lease runs out, and it is tried again; here it must not take up room for ever.
      .catch((error: unknown) => {
        places.end(job)
        failed(error, `delivery ${job.id}`, [job.order])
      })
  }

  const claim = (tx: Tx): Promise<readonly Claimed[]> =>
    slowLanes(tx, places.takeSlowed()).then(() => claimDeliveries(tx, places.room(), clock.now(), typeOf))

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
      for (const job of await store.unit(claim, scope, 'keyed')) begin(job)
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
    room: () => places.room().fast,
    expect,
    begin(claimed) {
      for (const job of claimed) begin(job)
    },
    async stop() {
      await loop.stop()
      const deadline = clock.elapsed() + DRAIN_MS
      while ((places.size > 0 || settle.busy) && clock.elapsed() < deadline)
        await settle.next(deadline - clock.elapsed())
      // What ends from here on is not an outcome: it ends because this process does.
      const ended = settle.stop()
      const now = clock.now()
      const left = [...places.jobs()]
      const lanes = new Set([...left, ...ended.map(({ job }) => job)].map(job => job.webhook))
      await store.unit(
        async tx => {
          await takeLanes(tx, lanes)
          // They have no place any more, and nobody else would store them before their leases end.
          if (ended.length > 0) await settleAttempts(tx, env, random, ended)
          await releaseRows(tx, left, now)
          for (const webhook of lanes) await refreshLane(tx, webhook)
        },
        scope,
        'keyed',
      )
    },
  }
}
