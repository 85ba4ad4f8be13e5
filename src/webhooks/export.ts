import * as z from 'zod'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  pageQuery,
  type Reading,
  type Resource,
} from '../contract/index.ts'
import { Attempt, attemptOf, Delivery, deliveries } from './deliveries.ts'
import { Event, shownEvent } from './events.ts'
import { Total, totalOf } from './export-total.ts'
import { BEGINNING, placeOf, readFeed } from './feed.ts'
import { page } from './page.ts'
import type { WebhookSchemas } from './webhook-schema.ts'

// All that is kept of an account, one kind after the other, each along its own index. The cursor names the kind and the place in
// it, so the list is read in pages like any other: sent as it is read, at the reader's pace, and taken up again where it broke off.

/** What was emitted before events: what becomes one meanwhile is there twice, and not missed. */
const KINDS = ['total', 'webhook', 'emitted', 'event', 'delivery', 'attempt'] as const
type Kind = (typeof KINDS)[number]

const PAGE_CHARACTERS = 2 ** 20
/** Each has up to 64 KiB of what came back. */
const MOST_ATTEMPTS = 32

/** That attempts begin at the place as well is said, since a database that merges the two tables would read all that are before it. */
const ATTEMPTS = `select d.id as delivery_id, a.number, a.started_at, a.duration_ms, a.outcome, a.status, a.method, a.url,
    a.request_headers, a.response_headers, a.response_body, a.error
  from signalbox_deliveries d join signalbox_attempts a on a.delivery_id = d.id
  where d.account_id = $1 and d.id >= $2 and a.delivery_id >= $2 and (d.id > $2 or a.number > $3)
  order by d.id, a.number limit $4`

const EMITTED = `select id, type, created_at, data, fault from signalbox_emitted
  where account_id = $1 and id > $2 order by id limit $3`

const Emitted = z
  .object({
    id: z.string().describe('Of the event that it becomes'),
    type: z.string(),
    at: z.iso.datetime(),
    data: z.unknown(),
    fault: z.string().nullable().describe('Why it could be no event'),
  })
  .describe('What was emitted by SQL and is no event yet')

interface Slice {
  readonly rows: readonly { readonly [K in Kind]?: unknown }[]
  /** Where this kind goes on; null where it has come to its end. */
  readonly next: string | null
}

type Call = Pick<Reading, 'on' | 'fail' | 'sql'> & { readonly account: string }

type Read = (call: Call, at: string, limit: number) => Promise<Slice>

/**
 * @param webhooks as they are shown, without their secrets.
 * @param emitsBySql whether something may wait that was emitted by SQL.
 */
export function exportEndpoint(
  webhooks: Resource,
  { Webhook }: Pick<WebhookSchemas, 'Webhook'>,
  eventTypes: ReadonlyMap<string, EventType>,
  emitsBySql: boolean,
): AnyEndpoint {
  const Row = z
    .object({
      total: Total.optional(),
      webhook: Webhook.optional(),
      emitted: Emitted.optional(),
      event: Event.optional(),
      delivery: Delivery.optional(),
      attempt: Attempt.extend({ delivery_id: z.string() }).optional(),
    })
    .describe('One of these, under the name of its kind')
  const read: { readonly [K in Kind]: Read } = {
    total: async ({ sql, account }) => ({
      rows: [{ total: await totalOf(sql, account, emitsBySql) }],
      next: null,
    }),
    webhook: async ({ on }, at, limit) => listed('webhook', await on(webhooks).list(placed(at, limit))),
    emitted: emitsBySql ? emittedFrom : async () => ({ rows: [], next: null }),
    event: (call, at, limit) => eventsFrom(call, at, limit, eventTypes),
    delivery: async ({ on }, at, limit) => listed('delivery', await on(deliveries).list(placed(at, limit))),
    attempt: attemptsFrom,
  }

  const exportAccount = endpoint({
    method: 'GET',
    path: '/export',
    input: pageQuery,
    output: page(Row, 'row'),
    problems: { 'invalid-cursor': 400, 'cursor-expired': 410 },
    scope: ['webhooks:read', 'events:read', 'deliveries:read'],
    summary: 'Export webhooks, events, deliveries and attempts',
    description: `All that is kept, without secrets: first about how much there is, then webhooks, what was emitted by SQL and is no event
yet, events as they were committed, deliveries, and attempts. As \`application/x-ndjson\` it is one answer, sent as it is read.`,
    names: { pageOf: 'ExportRow', output: 'Export' },
    handle: async call => {
      const { cursor, limit = 20 } = call.input
      let [kind, at] =
        cursor === undefined ? (['total', ''] as const) : (placeIn(cursor) ?? call.fail('invalid-cursor'))
      for (;;) {
        const { rows, next } = await read[kind](call, at, limit)
        if (next !== null) return { data: rows as never, next: `${kind}.${next}` }
        const following = KINDS[KINDS.indexOf(kind) + 1]
        if (following === undefined) return { data: rows as never, next: null }
        if (rows.length > 0) return { data: rows as never, next: `${following}.` }
        ;[kind, at] = [following, '']
      }
    },
  })
  return { ...exportAccount, readsLog: true }
}

function placeIn(cursor: string): readonly [Kind, string] | undefined {
  const dot = cursor.indexOf('.')
  const kind = KINDS.find(each => each === cursor.slice(0, dot))
  return kind && [kind, cursor.slice(dot + 1)]
}

const placed = (cursor: string, limit: number) => ({ limit, ...(cursor !== '' && { cursor }) })

const listed = (
  kind: Kind,
  { data, next }: { readonly data: readonly unknown[]; readonly next: string | null },
): Slice => ({ rows: data.map(row => ({ [kind]: row })), next })

async function emittedFrom({ sql, account }: Call, at: string, limit: number): Promise<Slice> {
  const found = await sql.all(EMITTED, account, at, limit)
  const rows = found.map(({ id, type, created_at, data, fault }) => ({
    emitted: { id, type, at: created_at, data: JSON.parse(String(data)) as unknown, fault: fault ?? null },
  }))
  const last = found.at(-1)
  return { rows, next: last === undefined || found.length < limit ? null : String(last['id']) }
}

async function eventsFrom(
  { sql, account, fail }: Call,
  at: string,
  limit: number,
  eventTypes: ReadonlyMap<string, EventType>,
): Promise<Slice> {
  const from = at === '' ? BEGINNING : await placeOf(sql, account, at)
  if (typeof from === 'string') throw fail(from)
  const filter = { account, types: undefined, when: null, typeOf: (name: string) => eventTypes.get(name) }
  const most = { events: limit, characters: PAGE_CHARACTERS }
  const { events, last, more } = await readFeed(sql, filter, { from: from.position, order: 'asc' }, most)
  const rows = events.map(event => ({ event: shownEvent(event) }))
  return { rows, next: more && last !== undefined ? last.id : null }
}

/** `at` is the delivery and the number of the last one. */
async function attemptsFrom({ sql, account }: Call, at: string, limit: number): Promise<Slice> {
  const most = Math.min(limit, MOST_ATTEMPTS)
  const [delivery = '', number = '0'] = at.split('.')
  const found = await sql.all(ATTEMPTS, account, delivery, Number(number) || 0, most)
  const rows = found.map(row => ({ attempt: { ...attemptOf(row), delivery_id: String(row['delivery_id']) } }))
  const last = found.at(-1)
  return {
    rows,
    next:
      last === undefined || found.length < most
        ? null
        : `${String(last['delivery_id'])}.${String(last['number'])}`,
  }
}
