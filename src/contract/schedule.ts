import type { Cron } from 'croner'
import { later, load, type UnixMs } from '../base/index.ts'
import { DefinitionError } from './definition-error.ts'
import { type Known, refuseUnknown } from './known-options.ts'
import { checkName } from './operation.ts'
import type { TaskType } from './operation-type.ts'

const croner = later(() => load('croner') as typeof import('croner'))

export interface ScheduleOptions<I> {
  /** Minute, hour, day of the month, month, day of the week: `0 3 * * 1-5`. */
  readonly cron: string
  /** Whose clock it goes by: `Europe/Berlin`. Default: UTC. */
  readonly timezone?: string
  /** What is run, in the name of no account. */
  readonly task: TaskType<string, I>
  /** What the task is given. `at` is the time that it was due. */
  readonly input: (at: Date) => NoInfer<I>
}

const OPTIONS: Known<ScheduleOptions<unknown>> = { cron: true, timezone: true, task: true, input: true }

/** A task that is run again and again. */
export interface Schedule {
  readonly kind: 'schedule'
  readonly name: string
  readonly task: TaskType<string, unknown>
  readonly input: (at: Date) => unknown
  /** When it is due, in words: where two are equal, so are their times. */
  readonly times: string
  /** The first time that it is due after `at`. */
  readonly next: (at: UnixMs) => UnixMs
}

/** Declares when a task runs: `schedule('nightly', { cron: '0 3 * * *', timezone: 'Europe/Berlin', task, input })`. */
export function schedule<I>(name: string, options: ScheduleOptions<I>): Schedule {
  const { cron, timezone = 'UTC', task, input } = options
  const place = `schedule '${name}'`
  checkName(name, place)
  refuseUnknown(options, OPTIONS, place)
  if (task?.kind !== 'task') {
    throw new DefinitionError(
      place,
      'it runs no task',
      "Declare one with task('…', { … }), and name it as `task`",
    )
  }
  const next = timesOf(cron, timezone, place)
  return {
    kind: 'schedule',
    name,
    task: task as unknown as TaskType<string, unknown>,
    input,
    times: `${cron} ${timezone}`,
    next,
  }
}

function timesOf(cron: string, timezone: string, place: string): Schedule['next'] {
  let first: Date | null
  let pattern: Cron
  try {
    pattern = new (croner().Cron)(cron, { timezone, mode: '5-part', paused: true })
    first = pattern.nextRun(new Date(0))
  } catch (error) {
    // biome-ignore lint/style/useErrorCause: it is passed, in fourth place
    throw new DefinitionError(
      place,
      `'${cron}' in '${timezone}' tells no times: ${(error as Error).message.replace(/\.$/, '')}`,
      "Write five fields and the name of a time zone: '0 3 * * *' in 'Europe/Berlin'",
      { cause: error },
    )
  }
  if (first === null) {
    throw new DefinitionError(place, `'${cron}' never comes`, 'Choose a day that the calendar has')
  }
  return at => pattern.nextRun(new Date(at))?.getTime() ?? Number.POSITIVE_INFINITY
}
