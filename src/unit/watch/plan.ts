import type { ChangeEvents } from '../../contract/index.ts'
import type { Table } from '../table.ts'

/** A change of a row, as a trigger filed it (`Watching` of the store's port). */
export interface Change {
  readonly before: string | null
  readonly data: string | null
}

/** An event to record. */
export interface Fact {
  readonly type: string
  /** Null where rows are shared. */
  readonly account: string | null
  readonly data: string | null
  readonly before: string | null
}

/** What is to be made of a change. */
export interface ChangePlan {
  readonly facts: readonly Fact[]
  /** Why there is no event, or one that does not tell all: the row is not what the schema says. */
  readonly faults: readonly string[]
}

/** A row as the API shows it. */
interface Shown {
  readonly id: unknown
  readonly account: string | null
  readonly json: string
}

interface Fault {
  readonly fault: string
}

/** A change that nobody can see is no fact. One of the id or the owner is the end of one row and the beginning of another. */
export function planChange(table: Table, { before, data }: Change): ChangePlan {
  const was = judge(table, before)
  const is = judge(table, data)
  const faults = [was, is].flatMap(side => (side !== undefined && 'fault' in side ? [side.fault] : []))
  const { events } = table.resource
  return { facts: events === undefined ? [] : factsOf(events, was, is), faults }
}

function factsOf(
  { created, updated, deleted }: ChangeEvents<string, unknown>,
  was: Shown | Fault | undefined,
  is: Shown | Fault | undefined,
): readonly Fact[] {
  if (is !== undefined && 'fault' in is) return []
  if (was !== undefined && 'fault' in was) {
    // What is there now is right, and worth telling. The end of a row that could not be shown is not.
    return is === undefined ? [] : [{ type: updated.name, account: is.account, data: is.json, before: null }]
  }
  if (was !== undefined && is !== undefined && was.id === is.id && was.account === is.account) {
    if (was.json === is.json) return []
    return [{ type: updated.name, account: is.account, data: is.json, before: was.json }]
  }
  const ended = was && { type: deleted.name, account: was.account, data: null, before: was.json }
  const begun = is && { type: created.name, account: is.account, data: is.json, before: null }
  return [ended, begun].filter(fact => fact !== undefined)
}

/**
 * Undefined where there is no row, or one that is nobody's: null would make its events everybody's. Does not throw: one
 * row's nonsense must not hold up the others.
 */
function judge(table: Table, filed: string | null): Shown | Fault | undefined {
  if (filed === null) return undefined
  const { owner, table: name } = table.resource
  let id: unknown
  try {
    const row = table.dialect.watching.readRow(filed)
    id = row['id']
    const held = owner === 'shared' ? null : (row[owner] ?? null)
    if (owner !== 'shared' && held === null) return undefined
    const account = held === null ? null : table.accountOf(held)
    if (account === undefined) {
      throw new Error(`the owner column '${owner}' holds no text`)
    }
    return { id, account, json: table.write(table.decode(row)) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { fault: `table '${name}', row '${String(id)}': no event tells of it, since ${reason}` }
  }
}
