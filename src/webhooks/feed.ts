import type { EventType, Sql } from '../contract/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { judgeOf } from './match.ts'
import { EVENT_COLUMNS, storedEvent } from './payloads.ts'

// The log of events as one account sees it: its own, and those about shared rows, in the order in which they were
// committed. Ids are made before the commit, so another process can commit a smaller one later: whoever went by ids would
// pass over it.

/** Which events somebody wants. */
export interface EventFilter {
  readonly account: string
  /** Undefined where all are wanted. */
  readonly types: ReadonlySet<string> | undefined
  /** A condition, as webhooks have it. */
  readonly when: string | null
  /** Finds a type for the condition. */
  readonly typeOf: (name: string) => EventType | undefined
}

export type Order = 'asc' | 'desc'

/** An event's place in the log. */
export interface Place {
  readonly position: number
  readonly id: string
}

/** Some of the log, from a place on. */
export interface FeedPage {
  readonly events: readonly StoredEvent[]
  /** Of the last event that was looked at, wanted or not; undefined where there was none. */
  readonly last: Place | undefined
  /** Whether there are further events to look at. */
  readonly more: boolean
}

/** How much may be read at once. */
export interface FeedLimits {
  readonly events: number
  /** Of `data` and `before`; one event more or less. */
  readonly characters: number
  /** Events that are looked at, wanted or not. Default: 2,000. */
  readonly looked?: number
}

/** How many events are looked at for a page: where few are wanted, it must not cost a walk through all that happened. */
const LOOKED_AT = 2_000

/** The ids of events begin so. */
export const EVENT_PREFIX = 'evt'

/** Before everything: where somebody is who has seen no event yet. */
export const BEGINNING: Place = { position: 0, id: `${EVENT_PREFIX}_${'0'.repeat(26)}` }
/** Behind everything. */
export const END = Number.MAX_SAFE_INTEGER

const walk = (account: string, past: string, order: Order): string =>
  `select * from (select position, id, type from signalbox_events
    where ${account} and test = 0 and position ${past} $2 order by position ${order} limit $3)`
/** Two walks down one index, not a scan with an `or`. */
const walks = (past: string, order: Order): string => `select position, id, type from (
    ${walk('account_id = $1', past, order)} as own
    union all
    ${walk('account_id is null', past, order)} as shared
  ) as visible order by position ${order} limit $3`
const HEADS = { asc: walks('>', 'asc'), desc: walks('<', 'desc') }
const GET = `select ${EVENT_COLUMNS} from signalbox_events where position = $1`
const PLACE = `select position from signalbox_events where id = $1 and (account_id = $2 or account_id is null)`

type Reading = Pick<Sql, 'get' | 'all'>

/** Reads from behind a position on, or from before it backwards. */
export async function readFeed(
  sql: Reading,
  filter: EventFilter,
  { from, order }: { readonly from: number; readonly order: Order },
  most: FeedLimits,
): Promise<FeedPage> {
  const isFiltered = filter.types !== undefined || filter.when !== null
  const looked = isFiltered ? (most.looked ?? LOOKED_AT) : most.events
  const heads = await sql.all(HEADS[order], filter.account, from, looked + 1)
  const events: StoredEvent[] = []
  let characters = 0
  let last: Place | undefined
  for (const head of heads.slice(0, looked)) {
    if (events.length === most.events || characters >= most.characters) return { events, last, more: true }
    last = { position: Number(head['position']), id: String(head['id']) }
    if (filter.types?.has(String(head['type'])) === false) continue
    const event = await readEvent(sql, last.position)
    if (event === undefined) continue
    characters += (event.data?.length ?? 0) + (event.before?.length ?? 0)
    if (judgeOf(event, filter.typeOf(event.type))(filter.when).met) events.push(event)
  }
  return { events, last, more: heads.length > looked }
}

/** Undefined where it is gone. */
export async function readEvent(sql: Pick<Sql, 'get'>, position: number): Promise<StoredEvent | undefined> {
  const row = await sql.get(GET, position)
  return row && storedEvent(row)
}

/** The latest event that the account can see. */
export async function latestPlace(sql: Reading, account: string): Promise<Place> {
  const [head] = await sql.all(HEADS.desc, account, END, 1)
  return head === undefined ? BEGINNING : { position: Number(head['position']), id: String(head['id']) }
}

/**
 * The place that a cursor names: the id of an event. `cursor-expired` is also an event of another account; nobody is told
 * that there is one.
 */
export async function placeOf(
  sql: Reading,
  account: string,
  cursor: string,
): Promise<Place | 'invalid-cursor' | 'cursor-expired'> {
  if (!/^evt_[0-9a-z]{26}$/.test(cursor)) return 'invalid-cursor'
  if (cursor === BEGINNING.id) return BEGINNING
  const row = await sql.get(PLACE, cursor, account)
  return row === undefined ? 'cursor-expired' : { position: Number(row['position']), id: cursor }
}
