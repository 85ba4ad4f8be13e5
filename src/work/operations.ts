import * as z from 'zod'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  inputOf,
  type OperationType,
  resource,
  type Unit,
} from '../contract/index.ts'
import { operationSettled } from '../unit/index.ts'

export const Operation = z
  .object({
    id: z.string(),
    type: z.string().describe('The name of the operation'),
    state: z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled']),
    progress: z
      .object({ done: z.number(), total: z.number().nullable(), message: z.string().optional() })
      .nullable()
      .describe('How far it is; `total` is null while nobody knows it'),
    result: z.unknown().describe('What it answered, once it has succeeded'),
    problem: z
      .object({ code: z.string(), status: z.int(), title: z.string(), detail: z.string().optional() })
      .nullable()
      .describe('Why it failed, once it has'),
    attempt_count: z.int().describe('How often it was begun'),
    next_attempt_at: z.iso
      .datetime()
      .nullable()
      .describe('When it is begun again, where an attempt went wrong; else null'),
    created_at: z.iso.datetime(),
    settled_at: z.iso.datetime().nullable().describe('When it succeeded, failed or was canceled'),
  })
  .describe('Work outside the request-response cycle')

export const operations = resource('operation', {
  path: '/operations',
  schema: Operation,
  owner: 'account_id',
  table: 'signalbox_operations',
  prefix: 'op',
  methods: ['list'],
  events: false,
  description:
    'Work that goes on after its request was answered. Read it until `settled_at` is set; it stays for 30 days from then.',
})

/** The endpoint that starts an operation: 202, and where to read how it goes (RFC 9110 §15.3.3). */
export function startEndpoint(operation: OperationType): AnyEndpoint {
  const { path, limit, summary, description } = operation
  return endpoint({
    method: 'POST',
    path,
    input: inputOf(operation),
    output: Operation,
    status: 202,
    location: started => `${operations.path}/${started.id}`,
    waits: true,
    names: { output: 'Operation' },
    ...(limit === undefined ? {} : { limit }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    handle: async ({ input, start, on }) => {
      const id = await start(operation as unknown as OperationType<string, unknown>, input)
      return startedOperation(on, id)
    },
  })
}

/** What was just started, as its starter is shown it. */
export async function startedOperation(on: Unit['on'], id: string): Promise<z.output<typeof Operation>> {
  const row = await on(operations).get(id)
  if (row === undefined) throw new Error(`the operation ${id} was started and is not there`)
  return row
}

const CANCEL = `update signalbox_operations
  set state = 'canceled', settled_at = $2, due_at = null, next_attempt_at = null where id = $1`

/** @param types what can be canceled. */
export function operationEndpoints(types: readonly OperationType[]): {
  readonly [name: string]: AnyEndpoint
} {
  const canceledOf = new Map<string, EventType>(types.map(({ name, events }) => [name, events.canceled]))

  const getOperation = endpoint({
    method: 'GET',
    path: `${operations.path}/{id}`,
    output: Operation,
    problems: { 'not-found': 404 },
    waits: true,
    fromRows: true,
    summary: 'Get an operation',
    description: 'With `Prefer: wait=20` it is answered once the operation is settled, or after 20 s.',
    names: { output: 'Operation' },
    handle: async ({ on, params, fail }) => (await on(operations).get(params.id)) ?? fail('not-found'),
  })

  const cancelOperation = endpoint({
    method: 'POST',
    path: `${operations.path}/{id}/cancel`,
    output: Operation,
    problems: { 'not-found': 404, 'operation-settled': 409 },
    emits: [...canceledOf.values()],
    summary: 'Cancel an operation',
    description:
      'It changes nothing from then on. What it had done stays. One that is canceled already is answered as it is.',
    names: { output: 'Operation' },
    handle: async call => {
      const { on, params, sql, emit, now, fail } = call
      const { id, type, state, created_at, settled_at } =
        (await on(operations).get(params.id)) ?? fail('not-found')
      if (settled_at === null) {
        const at = now.toISOString()
        await sql.run(CANCEL, id, at)
        const canceled = canceledOf.get(type)
        // Another version of the program knows the type.
        if (canceled !== undefined) emit(canceled, { id, created_at, settled_at: at })
        operationSettled(call, id)
      } else if (state !== 'canceled') fail('operation-settled', `It has ${state}.`)
      return (await on(operations).get(id)) ?? fail('not-found')
    },
  })

  return { getOperation, cancelOperation }
}
