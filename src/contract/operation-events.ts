import { embedded, schemaFrom } from './derived.ts'
import { event } from './event.ts'
import type { OperationEvents } from './operation-type.ts'
import { type Schema, wireOf } from './schema.ts'
import type { JsonSchema } from './shape.ts'
import { pascal } from './standard.ts'

const TIME = { type: 'string', format: 'date-time' }

const PROBLEM = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string' },
  },
  required: ['code', 'status', 'title'],
}

/** One type for each way to end, so that a condition on `data.result` is checked against what the operation answers. */
export function operationEvents(name: string, output: Schema): OperationEvents {
  const settled = (
    state: string,
    description: string,
    outcome: JsonSchema,
    inner: () => JsonSchema = () => ({}),
  ) => {
    const properties = { id: { type: 'string' }, ...outcome, created_at: TIME, settled_at: TIME }
    const jsonSchema = (): JsonSchema => ({
      ...inner(),
      type: 'object',
      properties,
      required: Object.keys(properties),
    })
    const schema = schemaFrom<unknown>({ jsonSchema, validate: value => ({ value }) })
    return event(`${name}.${state}`, schema, { description })
  }
  // Documents call it so.
  const called = `${pascal(name)}Result`
  const place = `operation '${name}', output`
  return {
    succeeded: settled(
      'succeeded',
      `An operation '${name}' has its result.`,
      { result: { $ref: `#/$defs/${called}` } },
      () => embedded(called, wireOf(output, 'output', place).jsonSchema),
    ),
    failed: settled('failed', `An operation '${name}' ended with a problem.`, { problem: PROBLEM }),
    canceled: settled('canceled', `An operation '${name}' was canceled.`, {}),
  }
}
