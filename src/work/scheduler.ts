import type { UnixMs } from '../base/index.ts'
import type { Schedule } from '../contract/index.ts'
import type { Row, Store } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { type Environment, runUnit } from '../unit/index.ts'
import { type Loop, startLoop } from './loop.ts'

// Each schedule has a row that says when it is due next. Whoever finds it due moves it on and puts the task off in one unit,
// and only where it still says what was read: of all processes one does so, once for each time that is due.

/** A clock that jumps, or a machine that slept, is noticed after this at the latest. */
const LOOK_MS = 30_000

const FIND = 'select times, due_at, last_at from signalbox_schedules where name = $1'
const ENTER = `insert into signalbox_schedules (name, times, due_at) values ($1, $2, $3)
  on conflict (name) do update set times = excluded.times, due_at = excluded.due_at
  where signalbox_schedules.times <> excluded.times`
const MOVE = `update signalbox_schedules set due_at = $3, last_at = coalesce($4, last_at)
  where name = $1 and due_at = $2 and times = $5`

export interface SchedulerOptions {
  readonly store: Store
  readonly env: Environment
  readonly schedules: readonly Schedule[]
  readonly failed: Failed
}

/** Puts tasks off when they are due, for as long as the process lives. */
export function startScheduler({ store, env, schedules, failed }: SchedulerOptions): Loop {
  let entered = false
  return startLoop(
    async () => {
      if (!entered) await enter(store, env, schedules)
      entered = true
      let idleMs = LOOK_MS
      for (const schedule of schedules) {
        try {
          idleMs = Math.min(idleMs, await attend(store, env, schedule))
        } catch (error) {
          // The others are due all the same.
          failed(error, `schedule '${schedule.name}'`)
        }
      }
      return idleMs
    },
    error => failed(error, 'schedules'),
    LOOK_MS,
  )
}

/** At the start only: an older version of the program beside this one, with other times, must not set them back. */
const enter = (store: Store, { clock }: Environment, schedules: readonly Schedule[]): Promise<void> =>
  store.unit(async tx => {
    const now = clock.now()
    for (const { name, times, next } of schedules) await tx.run(ENTER, name, times, next(now))
  })

/** Answers how many milliseconds the schedule needs no further look. */
async function attend(store: Store, env: Environment, schedule: Schedule): Promise<number> {
  const { name, times, task, input } = schedule
  const row = await store.peek.get(FIND, name)
  if (row === undefined || row['times'] !== times) return LOOK_MS
  const now = env.clock.now()
  const { dueAt, run } = planSchedule(schedule, stored(row), now)
  if (dueAt !== Number(row['due_at'])) {
    await runUnit(store, env, undefined, async ({ tx, run: inUnit }) => {
      const moved = await tx.run(MOVE, name, Number(row['due_at']), dueAt, run ?? null, times)
      if (moved === 0 || run === undefined) return
      await inUnit(unit => unit.later(task, input(new Date(run))))
    })
  }
  return Math.max(1, dueAt - now)
}

const stored = (row: Row) => ({
  dueAt: Number(row['due_at']),
  lastAt: row['last_at'] == null ? undefined : Number(row['last_at']),
})

/**
 * What is stored of a schedule at `now`, and for which time its task is put off, if it is. Times that passed while nobody
 * looked are one. No time comes twice, also where the clock was set back, and none is waited for that a clock which was
 * ahead had passed over.
 */
export function planSchedule(
  { next }: Pick<Schedule, 'next'>,
  {
    dueAt,
    lastAt = Number.NEGATIVE_INFINITY,
  }: { readonly dueAt: UnixMs; readonly lastAt?: UnixMs | undefined },
  now: UnixMs,
): { readonly dueAt: UnixMs; readonly run: UnixMs | undefined } {
  if (dueAt <= now) return { dueAt: next(now), run: dueAt }
  return { dueAt: Math.min(dueAt, next(Math.max(now, lastAt))), run: undefined }
}
