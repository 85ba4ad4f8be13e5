import { quoted, type Row, type Tx, type Value } from '../store/index.ts'
import { fail } from './failure.ts'
import { encodeColumn, type Table, type TableColumn } from './table.ts'

// Rows are written whole, and are then what was written. In a table of the application's the database may have its own form
// of a value, or make it: an id from a sequence, a default, a column that is computed. There a row is read back.

type AnyRow = Record<string, unknown>

/** Stores a new row, and answers it as it is. `mine` holds the owner's value, where rows have one. */
export async function insertRow(tx: Tx, table: Table, row: AnyRow, mine: readonly Value[]): Promise<AnyRow> {
  const { resource, statements } = table
  if (!table.isForeign) {
    // Its id is new, so nothing of ours is in its way. What constraints of the application's refuse is heard of later: of the unit.
    tx.add(statements.insert, ...table.encode(row), ...mine)
    return row
  }
  const { names, values } = givenOf(table, row, table.makesIds)
  if (mine.length > 0) names.push(`"${resource.owner}"`)
  values.push(...mine)
  const what =
    names.length === 0
      ? 'default values'
      : `(${names.join(', ')}) values (${values.map((_, i) => `$${i + 1}`).join(', ')})`
  const made = await tx.get(`insert into "${resource.table}" ${what} ${returning(table)}`, ...values)
  if (made === undefined) throw new Error(`a trigger of '${resource.table}' has kept a row from being stored`)
  return decoded(table, made)
}

/** Stores a row in the place of the one with its id, and answers it as it is. Ends the unit where that is gone. */
export async function updateRow(tx: Tx, table: Table, row: AnyRow, mine: readonly Value[]): Promise<AnyRow> {
  const { resource, statements } = table
  if (!table.isForeign) {
    await tx.run(statements.update, ...table.encode(row), ...mine)
    return row
  }
  const { names, values } = givenOf(table, row, true)
  const sets = names.map((name, i) => `${name} = $${i + 1}`)
  if (sets.length === 0) return row
  const id = `"id" = $${values.push(table.idValue(String(row['id'])))}`
  const owned = mine.map(value => ` and "${resource.owner}" = $${values.push(value)}`).join('')
  const sql = `update "${resource.table}" set ${sets.join(', ')} where ${id}${owned} ${returning(table)}`
  const is = await tx.get(sql, ...values)
  return decoded(table, is ?? fail('not-found'))
}

/** The columns that a row gives values to. */
function givenOf(table: Table, row: AnyRow, withoutId: boolean): { names: string[]; values: Value[] } {
  const isGiven = ({ name, given }: TableColumn): boolean =>
    given === 'always' || (given === 'unless absent' && (row[name] ?? null) !== null)
  const columns = table.columns.filter(column => isGiven(column) && !(withoutId && column.name === 'id'))
  return {
    names: columns.map(({ name }) => quoted(name)),
    values: columns.map(column => encodeColumn(table.resource, table.dialect, column, row)),
  }
}

const returning = ({ columns }: Table): string =>
  `returning ${columns.map(({ name }) => quoted(name)).join(', ')}`

const decoded = (table: Table, row: Row): AnyRow => table.decode(row) as AnyRow
