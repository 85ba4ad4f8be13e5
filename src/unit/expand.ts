import { type Expansions, expansionsIn, type Resource } from '../contract/index.ts'
import type { Reader, Row } from '../store/index.ts'
import { compiled } from './environment.ts'
import { padded } from './filters.ts'
import { PAGE_TEXT, textOf } from './page-text.ts'
import { mineOf } from './references.ts'
import { keyText, selectSql, type Table } from './table.ts'

// Rows are shown with those that they refer to: one statement for each relation, however many rows there are. A row that the
// account may not read is as if it were not there.

/** Where related rows are found, and whose may be shown. */
interface Related {
  readonly tables: ReadonlyMap<Resource, Table>
  readonly account: string | undefined
}

interface Shown {
  readonly value: object
  /** Characters of the row and of those in it, as often as they stand there. */
  readonly length: number
}

/** Rows with what they refer to by `paths`: as many of the first as a page has room for, one at the least. */
export async function expandRows(
  reader: Reader,
  related: Related,
  table: Table,
  rows: readonly Row[],
  paths: readonly string[] = [],
): Promise<readonly object[]> {
  if (paths.length === 0) return rows.map(table.decode)
  const tree = expansionsIn(paths)
  for (let taken = rows; ; taken = taken.slice(0, Math.ceil(taken.length / 2))) {
    // A single row has all that it refers to: there are only so many relations.
    const room = { left: taken.length > 1 ? PAGE_TEXT : Number.POSITIVE_INFINITY }
    const shown = await expand(reader, related, table, taken, tree, room)
    if (shown !== undefined) return firstThatFit(shown)
  }
}

/** Undefined where there is no room for all that they refer to. */
async function expand(
  reader: Reader,
  related: Related,
  table: Table,
  rows: readonly Row[],
  tree: Expansions,
  room: { left: number },
): Promise<readonly Shown[] | undefined> {
  let shown = rows.map((row): Shown => ({ value: table.decode(row), length: textOf(row) }))
  for (const [name, below] of tree) {
    const relation = table.resource.relations[name]
    if (relation === undefined) throw new Error(`'${table.resource.name}' has no relation '${name}'`)
    const target = compiled(related.tables, relation.to, `resource '${relation.to.name}'`)
    const keys = rows.map(row => keyText(row[relation.by]))
    const ids = [...new Set(keys)].filter(id => id !== undefined)
    const found = await readRelated(reader, related, target, ids, room)
    const inside = found && (await expand(reader, related, target, found, below, room))
    if (inside === undefined) return undefined
    const byId = new Map(found?.map((row, i) => [keyText(row['id']), inside[i]]))
    shown = shown.map(({ value, length }, i) => {
      const other = byId.get(keys[i])
      return { value: { ...value, [name]: other?.value ?? null }, length: length + (other?.length ?? 0) }
    })
  }
  return shown
}

/** The rows with these ids that the account may read. Undefined where there is no room for them. */
async function readRelated(
  reader: Reader,
  { account }: Related,
  table: Table,
  ids: readonly string[],
  room: { left: number },
): Promise<readonly Row[] | undefined> {
  if (ids.length === 0) return []
  const mine = mineOf(table, account)
  const values = [...mine, ...padded(ids.map(table.idValue))]
  const owned = mine.map((_, i) => `"${table.resource.owner}" = $${i + 1} and `).join('')
  const listed = values.slice(mine.length).map((_, i) => `$${mine.length + i + 1}`)
  const rows = await reader.until(
    row => {
      room.left -= textOf(row)
      return room.left < 0
    },
    `${selectSql(table, {})} where ${owned}"id" in (${listed.join(', ')})`,
    ...values,
  )
  return room.left < 0 ? undefined : rows
}

function firstThatFit(shown: readonly Shown[]): readonly object[] {
  let length = 0
  const end = shown.findIndex((each, i) => {
    length += each.length
    return i > 0 && length > PAGE_TEXT
  })
  return shown.slice(0, end === -1 ? shown.length : end).map(({ value }) => value)
}
