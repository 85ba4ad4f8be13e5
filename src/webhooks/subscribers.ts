import type { Reader, Row } from '../store/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import type { Format } from './render.ts'
import { askedBy } from './wildcard.ts'

/** A webhook as dispatching needs to know it. */
export interface Subscriber {
  readonly id: string
  readonly account: string
  readonly when: string | null
  readonly format: Format
  readonly order: string | null
}

interface Subscription extends Subscriber {
  /** Names, and wildcards. */
  readonly events: ReadonlySet<string>
  /** When the webhook was created. */
  readonly since: string
}

const ALL_WEBHOOKS =
  'select id, account_id, events, "when", format, "order", created_at from signalbox_webhooks'
const WEBHOOKS_OF = `${ALL_WEBHOOKS} where account_id = $1`

/** Which webhooks an event is for, their conditions aside. Each account's webhooks are read once in a unit. */
export function subscribersIn(tx: Reader): (event: StoredEvent) => Promise<readonly Subscriber[]> {
  const byAccount = new Map<string | null, readonly Subscription[]>()
  return async ({ account, type, at }) => {
    let webhooks = byAccount.get(account)
    if (webhooks === undefined) {
      const rows = account === null ? await tx.all(ALL_WEBHOOKS) : await tx.all(WEBHOOKS_OF, account)
      webhooks = rows.map(subscriptionOf)
      byAccount.set(account, webhooks)
    }
    // What happened before somebody asked to be told is not told.
    const asking = askedBy(type)
    return webhooks.filter(({ events, since }) => since <= at && asking.some(each => events.has(each)))
  }
}

const subscriptionOf = (row: Row): Subscription => ({
  id: String(row['id']),
  account: String(row['account_id']),
  events: new Set(JSON.parse(String(row['events'])) as string[]),
  when: row['when'] == null ? null : String(row['when']),
  format: String(row['format']) as Format,
  order: row['order'] == null ? null : String(row['order']),
  since: String(row['created_at']),
})
