import {
  type ChangeEvents,
  InvalidValue,
  type Issue,
  JsonPatch,
  modeOf,
  type Rows,
  type SelectedRows,
  standInId,
  Valid,
  validateInput,
  wireOf,
} from '../contract/index.ts'
import { mergePatch } from '../http/index.ts'
import type { Tx } from '../store/index.ts'
import type { Environment } from './environment.ts'
import { expandRows } from './expand.ts'
import { fail } from './failure.ts'
import { listRows } from './list.ts'
import { patchedRow } from './patch.ts'
import type { Recording } from './recorder.ts'
import { checkReferences, mineOf, referrersOf, refuseInUse } from './references.ts'
import { isReferredTo, writing } from './refused-row.ts'
import { insertRow, updateRow } from './stored.ts'
import { selectSql, type Table } from './table.ts'
import { takeChanges, watchedOf } from './watch/changes.ts'

type AnyRow = Record<string, unknown>

/** Rows as handlers and as the standard methods have them. */
export type OpenRows = Omit<Rows<object, object>, 'get' | 'list'> & SelectedRows<object>

/** The rows of one resource in one unit, as one account sees them. */
export function openRows(
  tx: Tx,
  env: Environment,
  recorder: Recording,
  table: Table,
  account: string | undefined,
): OpenRows {
  const { resource, statements } = table
  const shared = resource.owner === 'shared'
  if (!shared && account === undefined) {
    throw new Error(
      `rows of '${resource.name}' belong to accounts, and this call has none: do not open its endpoint`,
    )
  }
  const mine = mineOf(table, account)
  const related = { tables: env.tables, account }
  /** Facts about shared rows are for every account. */
  const audience = mine.length === 0 ? null : (account ?? null)

  /** They are everybody's: what is only tried out must not change them. */
  const changing = (): void => {
    if (shared && modeOf(account) === 'test')
      fail('mode-refused', `In test mode the ${resource.path.slice(1)} can be read, and not changed.`)
  }

  /** A row that nobody owns would be lost to its account. */
  const owning = (): void => {
    if (mine[0] !== null || account === undefined) return
    if (modeOf(account) === 'test') {
      fail('mode-refused', `In test mode the ${resource.path.slice(1)} can be read, and not created.`)
    }
    throw new Error(
      `the owner column '${resource.owner}' of '${resource.table}' cannot hold the account '${account}': make accounts with ids that it holds, accounts.create('name', 'your id')`,
    )
  }

  const find = async (id: string, lock: 'take' | 'takeWhole' = 'take'): Promise<AnyRow | undefined> => {
    const row = await tx.get(tx.concurrent ? statements[lock] : statements.get, table.idValue(id), ...mine)
    return row && (table.decode(row) as AnyRow)
  }
  const { schema } = resource
  const judge = (row: object) =>
    validateInput(schema, wireOf(schema, 'input', `resource '${resource.name}'`), {
      ...row,
      id: standInId(resource),
    })
  /** @param given of a merge patch, which says itself what is missing. */
  const valid = async (row: object, given: object = {}): Promise<AnyRow> => {
    const result = await judge(row)
    if ('issues' in result)
      throw new InvalidValue(resource.name, result.issues.map(tellTakenAway(row, given)))
    return result.value as AnyRow
  }

  /** Where the table is watched, its triggers have filed the change, and others that came before it. */
  const record = async (
    what: keyof ChangeEvents<string, unknown>,
    data: string | null,
    before: string | null,
  ) => {
    const watched = table.watch && watchedOf(env.tables)
    if (watched !== undefined) await takeChanges(tx, watched, recorder)
    else if (resource.events !== undefined) recorder.event(resource.events[what].name, audience, data, before)
  }

  const change = async (before: AnyRow, row: AnyRow): Promise<AnyRow> => {
    await checkReferences(tx, env.tables, table, account, row, before)
    const was = table.write(before)
    // A change that changes nothing is no fact.
    if (was === table.write(row)) return row
    const stamped = table.times.includes('updated_at') ? { ...row, updated_at: stamp() } : row
    recorder.rowWritten(table, stamped, mine)
    const stored = await writing(table, updateRow(tx, table, stamped, mine))
    const is = table.write(stored)
    // It may have been another spelling of what was there.
    if (is !== was) await record('updated', is, was)
    return stored
  }
  const remove = async (id: string): Promise<number> => {
    const value = table.idValue(id)
    if (statements.putDown !== undefined) await tx.run(statements.putDown, value, ...mine)
    try {
      return await tx.run(statements.delete, value, ...mine)
    } catch (error) {
      if (isReferredTo(error)) fail('in-use', 'Something that the API does not show refers to it.')
      throw error
    }
  }
  const stamp = (): string => new Date(env.clock.now()).toISOString()

  return {
    get: async (id, selection = {}) => {
      if (selection.expand === undefined && selection.fields === undefined) return find(id)
      const row = await tx.get(
        selectSql(table, selection) + statements.where + (tx.concurrent ? ' for no key update' : ''),
        table.idValue(id),
        ...mine,
      )
      const [shown] = row === undefined ? [] : await expandRows(tx, related, table, [row], selection.expand)
      return shown
    },

    list: (query = {}) =>
      listRows(tx, table, query, mine, rows => expandRows(tx, related, table, rows, query.expand)),

    async create(value) {
      changing()
      owning()
      const fields = value instanceof Valid ? (value.value as AnyRow) : await valid(value)
      const made =
        table.times.length === 0 ? {} : timesOf(table, value instanceof Valid ? {} : value, stamp())
      const row: AnyRow = { ...fields, ...made, id: env.newId(resource.prefix) }
      await checkReferences(tx, env.tables, table, account, row)
      recorder.rowWritten(table, row, mine)
      const stored = await writing(table, insertRow(tx, table, row, mine))
      if (resource.events !== undefined) await record('created', table.write(stored), null)
      return stored
    },

    async replace(id, value) {
      changing()
      const before = (await find(id)) ?? fail('not-found')
      const kept = pick(before, table.serverMade)
      // Of what a caller sent, the defaults of such fields are not meant.
      const fields =
        value instanceof Valid
          ? { ...without(value.value as AnyRow, table.serverMade), ...kept }
          : await valid({ ...kept, ...value })
      return change(before, { ...fields, id })
    },

    async patch(id, changes) {
      changing()
      const before = (await find(id)) ?? fail('not-found')
      const row =
        changes instanceof JsonPatch
          ? await patchedRow(table, before, changes, judge)
          : await valid(merge(table, before, changes), changes)
      return change(before, { ...row, id })
    },

    async delete(id) {
      changing()
      const referrers = referrersOf(env.tables, resource)
      if (resource.events === undefined && referrers.length === 0) return (await remove(id)) > 0
      const before = await find(id, 'takeWhole')
      if (before === undefined) return false
      await refuseInUse(tx, referrers, table.idValue(id), mine)
      await remove(id)
      if (resource.events !== undefined) await record('deleted', null, table.write(before))
      return true
    },
  }
}

/** RFC 7396, but where null is one of a field's values it is set, not taken away. */
function merge(table: Table, row: AnyRow, change: object): AnyRow {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const merged = mergePatch(row, given) as AnyRow
  for (const { name, showsNull } of table.columns) {
    if (showsNull && given[name] === null) merged[name] = null
  }
  return merged
}

/** Libraries tell of what null has taken away that it is not there, to somebody who has sent it. */
const tellTakenAway =
  (row: object, given: object) =>
  ({ path, message }: Issue): Issue => {
    const [name = ''] = path
    const isTaken = path.length === 1 && !(name in row) && (given as AnyRow)[String(name)] === null
    return {
      path,
      message: isTaken ? `null takes it away (RFC 7396), and it is required: ${message}` : message,
    }
  }

/** The times of a row that is made now. Those that a handler gives itself, of what was made elsewhere, stay. */
const timesOf = ({ times }: Table, given: object, now: string): AnyRow =>
  Object.fromEntries(times.filter(name => !(name in given)).map(name => [name, now]))

const pick = (row: AnyRow, names: ReadonlySet<string>): AnyRow =>
  Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name)))

const without = (row: AnyRow, names: ReadonlySet<string>): AnyRow =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name)))
