import { isoTime } from '../base/index.ts'
import {
  InvalidValue,
  type OperationType,
  type TaskType,
  Valid,
  validate,
  type WorkType,
} from '../contract/index.ts'
import type { Tx } from '../store/index.ts'
import { compiled, type Environment } from './environment.ts'

const INSERT = `insert into signalbox_operations
  (id, account_id, actor_id, type, state, input, attempt_count, deaths, created_at, due_at, fence, traceparent)
  values ($1, $2, $3, $4, 'queued', $5, 0, 0, $6, $7, 0, $8)`

/** Puts an operation in the queue, in the unit's transaction: it starts if and only if the unit commits. Answers its id. */
export async function startOperation(
  tx: Tx,
  env: Environment,
  operation: OperationType,
  account: string,
  input: unknown,
): Promise<string> {
  const id = env.newId('op')
  await enqueue(tx, env, operation, { id, owner: account, actor: account }, input)
  return id
}

/** The same of a task, which no account sees. */
export async function putOff(
  tx: Tx,
  env: Environment,
  task: TaskType,
  actor: string | undefined,
  input: unknown,
): Promise<string> {
  const id = env.newId('tsk')
  await enqueue(tx, env, task, { id, owner: null, actor: actor ?? null }, input)
  return id
}

interface Place {
  readonly id: string
  readonly owner: string | null
  readonly actor: string | null
}

async function enqueue(
  tx: Tx,
  env: Environment,
  work: WorkType,
  { id, owner, actor }: Place,
  input: unknown,
): Promise<void> {
  const accepted = await acceptedInput(work, input)
  const write = compiled(env.inputWriters, work, `${work.kind} '${work.name}'`)
  const now = env.clock.now()
  const traceparent = env.tracing?.traceparent() ?? null
  await tx.run(INSERT, id, owner, actor, work.name, write(accepted), isoTime(now), now, traceparent)
}

async function acceptedInput({ name, input: schema }: WorkType, input: unknown): Promise<unknown> {
  if (input instanceof Valid) return input.value
  const result = await validate(schema, input)
  if ('issues' in result) throw new InvalidValue(`the input of '${name}'`, result.issues)
  return result.value
}
