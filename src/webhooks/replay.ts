import * as z from 'zod'
import { earliestId, type NewId } from '../base/index.ts'
import { type EventType, endpoint, type Sql } from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import { Operation, operations, ownOperation, startedOperation } from '../work/index.ts'
import { typesOf } from './event-query.ts'
import { EVENT_PREFIX, readFeed } from './feed.ts'
import { takeLane } from './lanes.ts'
import { writeDelivery } from './owed.ts'
import { keepPayload } from './payloads.ts'
import type { Format } from './render.ts'
import { spanFields, spanOf } from './span.ts'

// Owes a webhook what happened before it was there: the log is read forward, in slices of a unit each, and judged as it is
// when something happens. What it was owed already is passed over.

/** What one unit reads of the log. */
const SLICE = { events: 50, characters: 256 * 1024, looked: 250 }
/**
 * Ids are made before the commit, so the log is not quite in their order: it is begun and ended so many events beside the time
 * that was asked for.
 */
const SLACK = 1_000
/** An event has the time at which its unit began, and its id that at which it was recorded: so much later, and less. */
const UNIT_MS = 60_000

const OWN = `select id, account_id, events, "when", format, "order", created_at from signalbox_webhooks
  where id = $1 and account_id = $2`
const FIRST = `select min(position) as position from
  (select position from signalbox_events where id >= $1 order by id limit ${SLACK}) as first`
const LAST = `select max(position) as position from
  (select position from signalbox_events where id < $1 order by id desc limit ${SLACK}) as last`
/** There is a delivery of it, or dispatching is about to write one. */
const IS_OWED = `select 1 from signalbox_deliveries where event_id = $1 and webhook_id = $2
  union all select 1 from signalbox_events where id = $1 and dispatched = 0 and created_at >= $3 limit 1`

const Input = z.object({
  webhook_id: z.string(),
  since: z.string(),
  until: z.string(),
  types: z.array(z.string()).nullable(),
  again: z.boolean(),
})
const Memory = z.object({ position: z.int(), replayed: z.int(), passed_over: z.int() })

interface ReplayOptions {
  readonly eventTypes: ReadonlyMap<string, EventType>
  readonly newId: NewId
}

export function replays({ eventTypes, newId }: ReplayOptions) {
  const names = [...eventTypes.keys()]
  const typeOf = (name: string): EventType | undefined => eventTypes.get(name)

  const replay = ownOperation('replay_events', {
    input: Input,
    output: z.object({
      replayed: z.int().describe('Events that it is sent'),
      passed_over: z.int().describe('Events of which it had a delivery already'),
    }),
    problems: { 'webhook-deleted': 409 },
    memory: Memory,
    run: async ({ input, account, remembered, step }) => {
      let at = remembered
      for (;;) {
        const next = await step(async call => {
          const { sql, now, fail, remember, progress } = call
          const row = (await sql.get(OWN, input.webhook_id, account)) ?? fail('webhook-deleted')
          const webhook = recipientOf(row)
          const from = at ?? {
            position: (await positionAt(sql, FIRST, input.since)) - 1,
            replayed: 0,
            passed_over: 0,
          }
          const end = await positionAt(sql, LAST, input.until, UNIT_MS)
          const wanted = new Set(typesOf(webhook.events, names))
          const types =
            input.types === null ? wanted : new Set(typesOf(input.types, names).filter(t => wanted.has(t)))
          const filter = { account, types, when: webhook.when, typeOf }
          const { events, last } = await readFeed(sql, filter, { from: from.position, order: 'asc' }, SLICE)
          if (last === undefined || from.position >= end) return { ...from, isOver: true }
          await takeLane(sql, webhook.id)
          let { replayed, passed_over } = from
          for (const event of events) {
            if (event.at < input.since || event.at > input.until) continue
            if (!input.again && (await sql.get(IS_OWED, event.id, webhook.id, webhook.since)) !== undefined) {
              passed_over++
              continue
            }
            await keepPayload(sql, event, webhook.format, typeOf(event.type))
            await writeDelivery(sql, newId, event, webhook, now.getTime())
            deliveriesWritten(call)
            replayed++
          }
          const reached = { position: last.position, replayed, passed_over }
          remember(reached)
          progress({ done: replayed, total: null })
          return { ...reached, isOver: false }
        })
        const { isOver, position, replayed, passed_over } = next
        if (isOver) return { replayed, passed_over }
        at = { position, replayed, passed_over }
      }
    },
  })

  const replayEvents = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/replay',
    input: z.object({
      ...spanFields,
      types: z
        .array(z.enum(names.length === 0 ? [''] : names))
        .min(1)
        .optional()
        .describe('Only events of these types. Default: all that the webhook is for'),
      again: z
        .boolean()
        .default(false)
        .describe('Whether also events of which it had a delivery are sent, once more'),
    }),
    output: Operation,
    status: 202,
    location: started => `${operations.path}/${started.id}`,
    problems: { 'not-found': 404 },
    scope: ['webhooks:write', 'events:read'],
    summary: 'Send a webhook what happened before it was there',
    description: `The events since a time that it is for and that meet its condition, judged as when something happens. The operation that
does it ends with how many there were. While the webhook is paused they wait.`,
    names: { input: 'WebhookReplay', output: 'Operation' },
    audit: 'webhook.replayed',
    storesInput: true,
    waits: true,
    handle: async ({ on, params, sql, account, input, now, start, fail }) => {
      if ((await sql.get(OWN, params.id, account)) === undefined) fail('not-found')
      const { types = null, again } = input
      const id = await start(replay, { webhook_id: params.id, ...spanOf(input, now), types, again })
      return startedOperation(on, id)
    },
  })

  return { replay, replayEvents: { ...replayEvents, readsLog: true as const } }
}

/** Where in the log a time is, `more` milliseconds later; 0 where nothing is there. */
async function positionAt(sql: Pick<Sql, 'get'>, text: string, time: string, more = 0): Promise<number> {
  const row = await sql.get(text, earliestId(EVENT_PREFIX, Date.parse(time) + more))
  return Number(row?.['position'] ?? 0)
}

const recipientOf = (row: { readonly [column: string]: unknown }) => ({
  id: String(row['id']),
  account: String(row['account_id']),
  events: JSON.parse(String(row['events'])) as string[],
  when: typeof row['when'] === 'string' ? row['when'] : null,
  format: String(row['format']) as Format,
  order: typeof row['order'] === 'string' ? row['order'] : null,
  since: String(row['created_at']),
})
