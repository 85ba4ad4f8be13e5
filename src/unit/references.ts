import { anyOne, InvalidValue, type Resource } from '../contract/index.ts'
import { quoted, type Reader, type Tx, type Value } from '../store/index.ts'
import { compiled, ofTables } from './environment.ts'
import { fail } from './failure.ts'
import type { Table } from './table.ts'

// What refers to a row is kept true in the unit that writes, which nothing comes between: an id is stored only where its row
// is there and the account may read it, and the row stays for as long as the id does. Other programs are not held to it.

type Tables = ReadonlyMap<Resource, Table>
type AnyRow = { readonly [name: string]: unknown }

/** The account's id, where the rows of a table have an owner. */
export const mineOf = ({ resource, ownerValue }: Table, account: string | undefined): readonly Value[] =>
  resource.owner === 'shared' || account === undefined ? [] : [ownerValue(account)]

/**
 * Of a row that is about to be written.
 *
 * @throws InvalidValue for each new id of no row that the account may read: others' rows are as if they were not there.
 */
export async function checkReferences(
  tx: Tx,
  tables: Tables,
  { resource }: Table,
  account: string | undefined,
  row: AnyRow,
  before: AnyRow = {},
): Promise<void> {
  const issues = []
  for (const { to, by } of Object.values(resource.relations)) {
    const id = row[by] ?? null
    if (typeof id !== 'string' || id === before[by]) continue
    const target = compiled(tables, to, `resource '${to.name}'`)
    const { exists, stays } = target.statements
    const values = [target.idValue(id), ...mineOf(target, account)]
    if ((await tx.get(tx.concurrent ? stays : exists, ...values)) === undefined)
      issues.push({ path: [by], message: `There is no ${to.name.replaceAll('_', ' ')} with this id` })
  }
  if (issues.length > 0) throw new InvalidValue(resource.name, issues)
}

/** The tables whose rows refer to those of a resource, with a statement that finds whether any refers to an id. */
export const referrersOf = (tables: Tables, resource: Resource): readonly Referrer[] =>
  referrers(tables).get(resource) ?? []

const referrers = ofTables(tables => {
  const all = [...tables.values()].flatMap(({ resource: from }) =>
    Object.values(from.relations).map(({ to, by }): Referrer => {
      // What is shared may be referred to by the rows of any account.
      const owned = to.owner === 'shared' ? '' : ` and "${from.owner}" = $2`
      // What refers to itself alone goes as a whole.
      const others = from === to ? ' and "id" <> $1' : ''
      return {
        from,
        to,
        sql: `select 1 from "${from.table}" where ${quoted(by)} = $1${owned}${others} limit 1`,
      }
    }),
  )
  return Map.groupBy(all, ({ to }) => to)
})

interface Referrer {
  readonly from: Resource
  readonly to: Resource
  /** id, and the account's where the rows that are referred to have an owner. */
  readonly sql: string
}

/** Ends the unit with 409 `in-use` where rows refer to this one. */
export async function refuseInUse(
  reader: Reader,
  referrers: readonly Referrer[],
  id: Value,
  mine: readonly Value[],
): Promise<void> {
  for (const { from, sql } of referrers)
    if ((await reader.get(sql, id, ...mine)) !== undefined)
      fail('in-use', `It is referred to by ${anyOne(from)}.`)
}
