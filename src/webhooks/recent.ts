import type { Sql } from '../contract/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { EVENT_COLUMNS, storedEvent } from './payloads.ts'

/** How far back is looked: a type that has not happened for long must not cost a walk through all that did. */
const LOOKED_AT = 2_000
/** Characters of data that are read: a hundred events can each be as large as a row may be. */
const MAX_TEXT = 1024 * 1024

const recent = (account: string): string =>
  `select * from (select position, id, type from signalbox_events where ${account} and test = 0 and position is not null
    order by position desc limit ${LOOKED_AT})`

/** The latest of all: they get their numbers when they are dispatched. */
const UNNUMBERED = `select position, id, type from signalbox_events
  where position is null and test = 0 and (account_id = $1 or account_id is null)`

/** Of the account's latest events and of the latest of shared rows, those of as many types as there are parameters. */
const idsSql = (types: number): string => `select id from (
    ${recent('account_id = $1')} as own
    union all
    ${recent('account_id is null')} as shared
    union all
    ${UNNUMBERED}
  ) as visible
  where type in (${Array.from({ length: types }, (_, i) => `$${i + 3}`).join(', ')})
  order by position desc nulls first, id desc limit $2`
const GET = `select ${EVENT_COLUMNS} from signalbox_events where id = $1`

/** The latest events of these types that an account can see, newest first: at most `most`, of its latest 2,000. */
export async function recentEvents(
  sql: Pick<Sql, 'get' | 'all'>,
  account: string,
  types: readonly string[],
  most: number,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  let text = 0
  for (const { id } of await sql.all(idsSql(types.length), account, most, ...types)) {
    const row = await sql.get(GET, String(id))
    if (row === undefined) continue
    const event = storedEvent(row)
    events.push(event)
    text += (event.data?.length ?? 0) + (event.before?.length ?? 0)
    if (text > MAX_TEXT) break
  }
  return events
}
