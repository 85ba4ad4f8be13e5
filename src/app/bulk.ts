import {
  type AnyEndpoint,
  anyOne,
  type Bulk,
  type BulkAnswer,
  bulkAnswerOf,
  bulkOf,
  endpoint,
  InvalidValue,
  inRow,
  pascal,
  type Resource,
  type Unit,
} from '../contract/index.ts'
import { itemProblemSchema, type Problem, type ProblemMembers, problemMembers } from '../http/index.ts'
import { nested, placed } from '../unit/index.ts'
import { invalidInput, problemOf } from './refusal.ts'

type Rows = Resource<string, object, object>
type Result = BulkAnswer<ProblemMembers>['results'][number]

/** The endpoint that creates many rows of a resource at once, by its operation id. */
export function bulkEndpoint(resource: Resource, max: number): readonly [name: string, AnyEndpoint] {
  const rows = resource as unknown as Rows
  const one = pascal(resource.name)
  const many = pascal(resource.path.split('/').at(-1) ?? resource.name)
  return [
    `bulkCreate${many}`,
    endpoint({
      method: 'POST',
      path: `${resource.path}/bulk`,
      input: bulkOf(rows, max),
      output: bulkAnswerOf<ProblemMembers>(resource, itemProblemSchema),
      summary: `Create up to ${max} ${many.toLowerCase()}`,
      description: `Each is created, or refused, as ${anyOne(resource)} alone would be; with \`atomic\`, all of them or none.`,
      names: { input: `Bulk${many}`, output: `Bulk${many}Results`, rowsOf: `New${one}`, element: 'bulk' },
      storesInput: true,
      handle: async call => {
        const create = call.input.atomic ? createAtomically : createEach
        const results = await create(rows, call.input, call)
        const created = results.filter(result => 'data' in result).length
        return { created, refused: results.length - created, results }
      },
    }),
  ]
}

async function createEach(rows: Rows, { data }: Bulk, call: Unit): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const item of data) {
    results.push(
      'issues' in item
        ? refusedBy(invalidInput(item.issues))
        : await nested(call, () => call.on(rows).create(item.value)).then(created, refusal),
    )
  }
  return results
}

async function createAtomically(rows: Rows, { data }: Bulk, call: Unit): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const [index, item] of data.entries()) {
    // What the schema refuses was refused where it was read.
    if ('issues' in item) continue
    try {
      results.push(created(await placed(call, ['data', index], () => call.on(rows).create(item.value))))
    } catch (error) {
      throw error instanceof InvalidValue
        ? new InvalidValue(
            rows.name,
            error.issues.map(issue => inRow(index, issue)),
          )
        : error
    }
  }
  return results
}

const created = (data: object): Result => ({ status: 201, data })

/** A fault of our own is one of the whole: nothing is done, and it can be tried again. */
function refusal(error: unknown): Result {
  const problem = problemOf(error, { storesInput: true })
  if (problem === undefined || problem.status >= 500) throw error
  return refusedBy(problem)
}

const refusedBy = (problem: Problem): Result => ({ status: problem.status, problem: problemMembers(problem) })
