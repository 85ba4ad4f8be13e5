import * as z from 'zod'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  InvalidValue,
  type Resource,
  wireOf,
} from '../contract/index.ts'
import { AnswerMismatch, compileJsonWriter } from '../formats/index.ts'
import { changesOf } from '../openapi/index.ts'
import { recordEvent } from '../unit/index.ts'
import { noEventType } from './check.ts'
import { sampleOf } from './sample.ts'

/**
 * Records an event of test data, of any type: whoever follows the test data, and its webhooks, are told as if it had
 * happened. Live data has nothing of the kind.
 */
export function triggerEndpoint(
  eventTypes: ReadonlyMap<string, EventType>,
  resources: readonly Resource[],
): AnyEndpoint {
  const changes = changesOf(resources)
  const triggerEvent = endpoint({
    method: 'POST',
    path: '/event-types/{name}/trigger',
    input: z.object({
      data: z
        .unknown()
        .optional()
        .describe('Default: of your latest event of this type, or what fits the schema'),
      before: z.unknown().optional().describe('The row as it was, of an event that has it'),
    }),
    output: z.object({ id: z.string().describe('Of the event'), type: z.string() }),
    status: 202,
    location: made => `/events/${made.id}`,
    problems: { 'not-found': 404, 'mode-refused': 403, 'no-example': 409 },
    scope: ['events:write'],
    storesInput: true,
    summary: 'Make a test event happen',
    description: 'In test mode only: a webhook or a stream of test data is told as if it had happened.',
    names: { input: 'EventTrigger', output: 'TriggeredEvent', element: 'event' },
    handle: async call => {
      const { params, sql, account, caller, input, fail } = call
      if (caller.mode !== 'test')
        fail('mode-refused', 'Nothing is made up in live data: send Api-Mode: test, or use a test key.')
      const type = eventTypes.get(params.name) ?? fail('not-found', noEventType(params.name, eventTypes))
      const carries = changes.get(type) ?? ['data']
      const given = input.data !== undefined || input.before !== undefined
      const sample = given ? undefined : ((await sampleOf(sql, account, type, carries)) ?? fail('no-example'))
      const written = (member: 'data' | 'before'): string | null => {
        if (!carries.includes(member)) return null
        return sample === undefined ? write(type, member, input[member] ?? input.data) : sample[member]
      }
      const id = recordEvent(call, type.name, account, written('data'), written('before'))
      return { id, type: type.name }
    },
  })
  return triggerEvent
}

/** @throws InvalidValue where it is not what the type says. */
function write(type: EventType, member: string, value: unknown): string {
  const place = `event '${type.name}'`
  const written = writtenOr(() => compileJsonWriter(wireOf(type.schema, 'output', place), place)(value))
  if (typeof written === 'string') return written
  const { pointer, expected, received } = written
  const path = [member, ...pointer.split('/').slice(1)]
  throw new InvalidValue(place, [{ path, message: `Expected ${expected}, received ${received}` }])
}

function writtenOr(write: () => string): string | AnswerMismatch {
  try {
    return write()
  } catch (error) {
    if (error instanceof AnswerMismatch) return error
    throw error
  }
}
