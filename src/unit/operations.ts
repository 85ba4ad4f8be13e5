import { isoTime } from '../base/index.ts'
import { InvalidValue, type OperationType, Valid, validate } from '../contract/index.ts'
import type { Tx } from '../store/index.ts'
import { compiled, type Environment } from './environment.ts'

const INSERT_OPERATION = `insert into signalbox_operations
  (id, account_id, type, state, input, runs, created_at, due_at, fence, traceparent)
  values ($1, $2, $3, 'queued', $4, 0, $5, $6, 0, $7)`

/** Puts an operation in the queue, in the unit's transaction: it starts if and only if the unit commits. Answers its id. */
export async function startOperation(
  tx: Tx,
  env: Environment,
  operation: OperationType,
  account: string,
  input: unknown,
): Promise<string> {
  const accepted = await acceptedInput(operation, input)
  const write = compiled(env.operationWriters, operation, `operation '${operation.name}'`)
  const id = env.newId('op')
  const now = env.clock.now()
  const traceparent = env.tracing?.traceparent() ?? null
  await tx.run(INSERT_OPERATION, id, account, operation.name, write(accepted), isoTime(now), now, traceparent)
  return id
}

async function acceptedInput(operation: OperationType, input: unknown): Promise<unknown> {
  if (input instanceof Valid) return input.value
  const result = await validate(operation.input, input)
  if ('issues' in result) throw new InvalidValue(`the input of '${operation.name}'`, result.issues)
  return result.value
}
