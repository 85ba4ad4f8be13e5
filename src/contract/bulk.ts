import { setImmediate } from 'node:timers/promises'
import { isObject, listed, newRowOf, schemaFrom } from './derived.ts'
import type { Resource } from './resource.ts'
import { type Schema, wireOf } from './schema.ts'
import type { JsonSchema } from './shape.ts'
import { type Issue, type Validated, validateInput } from './validate.ts'

/** What is told of one row: an answer must not grow with a hostile body. */
const ROW_ISSUES = 10

/** What a bulk create was sent. Each row was judged by itself, as a single create would judge it. */
export interface Bulk {
  /** In the order in which they were sent: what to create, or what is wrong with it. */
  readonly data: readonly Validated<object>[]
  readonly atomic: boolean
}

/** `{ "data": [new row, …], "atomic": false }`. Where it is all or nothing, what is wrong with a row is wrong with the whole. */
export function bulkOf(resource: Resource<string, object, object>, max: number): Schema<Bulk> {
  const row = newRowOf(resource)
  return schemaFrom<Bulk>({
    jsonSchema: () => {
      const { rest, list } = listed(
        wireOf(row, 'input', `resource '${resource.name}'`).jsonSchema,
        resource.name,
      )
      return {
        ...rest,
        type: 'object',
        properties: { data: { ...list, minItems: 1, maxItems: max }, atomic: ATOMIC },
        required: ['data'],
      }
    },
    async validate(value) {
      if (!isObject(value)) return { issues: [{ message: 'Expected an object with the rows as `data`' }] }
      const { data, atomic = false } = value
      const issues: Issue[] = []
      const fits = Array.isArray(data) && data.length >= 1 && data.length <= max
      if (!fits) issues.push({ path: ['data'], message: `Expected 1 to ${max} rows` })
      if (typeof atomic !== 'boolean') issues.push({ path: ['atomic'], message: 'Expected true or false' })
      if (!fits || issues.length > 0) return { issues }
      const judged: Validated<object>[] = []
      for (const item of data as readonly unknown[]) {
        const each = await validateInput(row, wireOf(row, 'input', `resource '${resource.name}'`), item)
        judged.push('issues' in each ? { issues: each.issues.slice(0, ROW_ISSUES) } : each)
        // A library reports all that is wrong, however much: with others waiting, one such row at a time.
        if ('issues' in each) await setImmediate()
      }
      if (atomic === true) issues.push(...judged.flatMap((each, index) => issuesAt(index, each)))
      return issues.length > 0 ? { issues } : { value: { data: judged, atomic: atomic === true } }
    },
  })
}

const ATOMIC: JsonSchema = {
  type: 'boolean',
  default: false,
  description: 'Whether all rows are created or none. Otherwise those that can be are',
}

const issuesAt = (index: number, judged: Validated<object>): readonly Issue[] =>
  'issues' in judged ? judged.issues.map(issue => inRow(index, issue)) : []

/** What is wrong with one row, as it is wrong with the whole. */
export const inRow = (index: number, { path, message }: Issue): Issue => ({
  path: ['data', index, ...path],
  message,
})

/**
 * `{ "created": 1, "refused": 1, "results": [{ "status": 201, "data": row }, { "status": 422, "problem": problem }] }`: what
 * became of each row, in the order in which they were sent.
 */
export interface BulkAnswer<P> {
  readonly created: number
  readonly refused: number
  readonly results: readonly (
    | { readonly status: number; readonly data: object }
    | { readonly status: number; readonly problem: P }
  )[]
}

export function bulkAnswerOf<P>(resource: Resource, problem: JsonSchema): Schema<BulkAnswer<P>> {
  return schemaFrom<BulkAnswer<P>>({
    jsonSchema: () => {
      const { rest, list } = listed(
        wireOf(resource.schema, 'output', `resource '${resource.name}'`).jsonSchema,
        resource.name,
      )
      const result = {
        type: 'object',
        properties: {
          status: { type: 'integer', description: 'What a single create would have answered' },
          data: { ...list.items, description: 'The row, where it was created' },
          problem: { ...problem, description: 'Why it was not' },
        },
        required: ['status'],
        xml: { name: 'result' },
      }
      return {
        ...rest,
        type: 'object',
        properties: {
          created: { type: 'integer', description: 'How many rows were created' },
          refused: { type: 'integer', description: 'How many were not' },
          results: { type: 'array', items: result, xml: { nodeType: 'element' } },
        },
        required: ['created', 'refused', 'results'],
      }
    },
    validate: value => ({ value: value as BulkAnswer<P> }),
  })
}
