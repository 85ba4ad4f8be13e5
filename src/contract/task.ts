import type { EventType } from './event.ts'
import { type Known, refuseUnknown } from './known-options.ts'
import { checkName, type Run, requireParts } from './operation.ts'
import type { TaskType } from './operation-type.ts'
import type { Problems } from './problems.ts'
import { type Retry, retryRuleOf } from './retry.ts'
import type { In, Out, Schema } from './schema.ts'

export interface TaskOptions<I extends Schema, E extends EventType, Pr extends Problems, M extends Schema> {
  readonly input: I
  /** What `fail` may end it with: it is then not begun again. */
  readonly problems?: Pr
  readonly emits?: readonly E[]
  /** The schema of what steps remember. */
  readonly memory?: M
  /** How often it is begun again where `run` throws. Default: 20 attempts, which take some 12 hours. */
  readonly retry?: Retry
  /** May run more than once. `account` is that of the unit which put it off, undefined where it had none. */
  readonly run: (run: Run<I, E, Pr, Out<M>, string | undefined>) => Promise<void>
}

const ATTEMPTS = 20

const OPTIONS: Known<TaskOptions<Schema, EventType, Problems, Schema>> = {
  input: true,
  problems: true,
  emits: true,
  memory: true,
  retry: true,
  run: true,
}

/**
 * Declares work of the application's own, for after a unit of work: `task('send_sms', { input, run })`. Handlers put it off
 * with `later(task, input)`.
 */
export function task<
  const N extends string,
  I extends Schema,
  E extends EventType = never,
  const Pr extends Problems = Record<never, never>,
  M extends Schema = Schema<undefined>,
>(name: N, options: TaskOptions<I, E, Pr, M>): TaskType<N, In<I>> {
  const place = `task '${name}'`
  checkName(name, place)
  refuseUnknown(options, OPTIONS, place)
  const { input, problems = {}, emits = [], memory, run } = options
  requireParts(place, { input, run })
  const retry = retryRuleOf(options.retry ?? {}, ATTEMPTS, place)
  return { kind: 'task', name, input, problems, emits, memory, retry, run }
}
