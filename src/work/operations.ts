import * as z from 'zod'
import { type AnyEndpoint, endpoint, inputOf, type OperationType, resource } from '../contract/index.ts'

const Operation = z
  .object({
    id: z.string(),
    type: z.string().describe('The name of the operation'),
    state: z.enum(['queued', 'running', 'succeeded', 'failed']),
    progress: z
      .object({ done: z.number(), total: z.number().nullable(), message: z.string().optional() })
      .nullable()
      .describe('How far it is; `total` is null while nobody knows it'),
    result: z.unknown().describe('What it answered, once it has succeeded'),
    problem: z
      .object({ code: z.string(), status: z.int(), title: z.string(), detail: z.string().optional() })
      .nullable()
      .describe('Why it failed, once it has'),
    created_at: z.iso.datetime(),
    settled_at: z.iso.datetime().nullable().describe('When it succeeded or failed'),
  })
  .describe('Work outside the request-response cycle')

export const operations = resource('operation', {
  path: '/operations',
  schema: Operation,
  owner: 'account_id',
  table: 'signalbox_operations',
  prefix: 'op',
  methods: ['list', 'get'],
  events: false,
  description:
    'Work that goes on after its request was answered. Read it until `state` is `succeeded` or `failed`.',
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
    names: { output: 'Operation' },
    ...(limit === undefined ? {} : { limit }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    handle: async ({ input, start, on }) => {
      const id = await start(operation as unknown as OperationType<string, unknown>, input)
      const row = await on(operations).get(id)
      if (row === undefined) throw new Error(`the operation ${id} was started and is not there`)
      return row
    },
  })
}
