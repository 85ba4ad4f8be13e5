import { InvalidValue, type Issue, type JsonPatch, type Validated } from '../contract/index.ts'
import { applyJsonPatch, isEqual, parsePointer } from '../http/index.ts'
import { fail } from './failure.ts'
import type { Table } from './table.ts'

type AnyRow = { readonly [name: string]: unknown }

/**
 * The row that a JSON Patch makes of another.
 *
 * @param judge asks the schema whether it takes a row.
 * @throws Failure where a `test` fails, and InvalidValue, whose issues lead into the patch.
 */
export async function patchedRow(
  { resource, serverMade }: Table,
  before: AnyRow,
  { operations }: JsonPatch,
  judge: (row: object) => Validated<unknown> | Promise<Validated<unknown>>,
): Promise<AnyRow> {
  const patched = applyJsonPatch(before, operations)
  if ('fault' in patched) {
    const { isTest, path, detail } = patched.fault
    if (isTest) fail('patch-test-failed', `Operation ${path[0]}: ${detail}`)
    throw new InvalidValue(resource.name, [{ path, message: detail }])
  }
  const row = Object(patched.value) as AnyRow
  const changed = [...serverMade].filter(name => !isEqual(row[name], before[name]))
  const judged = changed.length > 0 ? { issues: changed.map(refusedChange) } : await judge(row)
  if ('value' in judged) return judged.value as AnyRow
  throw new InvalidValue(
    resource.name,
    judged.issues.map(issue => inPatch(issue, operations)),
  )
}

const refusedChange = (name: string): Issue => ({
  path: [name],
  message: 'The server makes it: a patch may test it, and not change it.',
})

/** What is wrong with the row, at the last operation that touched the place: the row itself was not sent. */
function inPatch({ path, message }: Issue, operations: unknown): Issue {
  const wrong = path.map(String)
  const index = (operations as readonly { readonly path: string }[]).findLastIndex(operation => {
    const touched = parsePointer(operation.path) ?? []
    return touched.every((name, i) => i >= wrong.length || name === '-' || name === wrong[i])
  })
  return { path: index === -1 ? [] : [index], message: `/${wrong.join('/')}: ${message}` }
}
