import * as z from 'zod'
import { isoTime, type UnixMs } from '../base/index.ts'
import { type AnyEndpoint, endpoint, pageOf, pageQuery, resource, type Sql } from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import { lookAtLane, takeLane } from './lanes.ts'
import { hasEarlier, writeOrdered } from './order.ts'
import { enqueue, hurry } from './queue.ts'

export const Delivery = z
  .object({
    id: z.string(),
    webhook_id: z.string(),
    event_id: z.string(),
    event_type: z.string(),
    state: z.enum(['pending', 'delivered', 'failed', 'canceled']),
    attempt_count: z.int().describe('Attempts made so far'),
    created_at: z.iso.datetime(),
    settled_at: z.iso.datetime().nullable().describe('When it was delivered, given up or canceled'),
    next_attempt_at: z.iso
      .datetime()
      .nullable()
      .describe(
        'Not before then; later where its webhook is paused, failing or disabled, or has much else to be sent. While an attempt is under way, when that was due. Null while it waits for an earlier one of its order, and once settled',
      ),
  })
  .describe('One event owed to one webhook')

export const Attempt = z
  .object({
    number: z.int(),
    started_at: z.iso.datetime(),
    duration_ms: z.int(),
    outcome: z
      .string()
      .describe('`delivered`, `refused`, `timed-out`, `unresolved`, `blocked`, `unreachable` …'),
    status: z.int().nullable().describe('The HTTP status that came back'),
    method: z.string(),
    url: z.string().describe('As it was sent, with all that was added to its query'),
    request_headers: z.record(z.string(), z.string()),
    response_headers: z.record(z.string(), z.unknown()).nullable(),
    response_body: z.string().nullable().describe('The first 64 KiB'),
    error: z.string().nullable(),
  })
  .describe('One HTTP try of a delivery')

const DeliveryWithAttempts = Delivery.extend({
  body: z
    .string()
    .nullable()
    .describe(
      'What is sent, byte for byte, in every attempt; by GET it is added to the query. Null where the event cannot be written in the format',
    ),
  attempts: z.array(Attempt).describe('The first comes first; of more than 20 the latest'),
})

export const deliveries = resource('delivery', {
  path: '/deliveries',
  schema: Delivery,
  owner: 'account_id',
  table: 'signalbox_deliveries',
  prefix: 'dlv',
  methods: ['list'],
  events: false,
  description: 'Events owed to webhooks, and what became of them.',
})

// The schedule makes 10. Retries by hand have no end, and each keeps up to 64 KiB of what came back.
const ATTEMPTS = `select number, started_at, duration_ms, outcome, status, method, url, request_headers,
  response_headers, response_body, error from signalbox_attempts where delivery_id = $1 order by number desc limit 20`
const BODY = `select p.body from signalbox_deliveries d
  join signalbox_payloads p on p.event_id = d.event_id and p.format = d.format where d.id = $1`
const WEBHOOK = 'select paused, state from signalbox_webhooks where id = $1'
const STATE = 'select state, next_attempt_at, order_key, place from signalbox_deliveries where id = $1'
const RETRY = `update signalbox_deliveries set state = 'pending', settled_at = null, next_attempt_at = $2 where id = $1`

const getDelivery = endpoint({
  method: 'GET',
  path: '/deliveries/{id}',
  output: DeliveryWithAttempts,
  problems: { 'not-found': 404 },
  // Its body is the event.
  scope: ['deliveries:read', 'events:read'],
  summary: 'Get a delivery with its attempts',
  names: { output: 'DeliveryWithAttempts', element: 'delivery' },
  handle: async ({ on, params, sql, fail }) => {
    const delivery = (await on(deliveries).get(params.id)) ?? fail('not-found')
    const payload = await sql.get(BODY, delivery.id)
    const body = payload?.['body']
    const attempts = await sql.all(ATTEMPTS, delivery.id)
    return {
      ...delivery,
      body: typeof body === 'string' ? body : null,
      attempts: attempts.map(attemptOf).toReversed(),
    }
  },
})

const retryDelivery = endpoint({
  method: 'POST',
  path: '/deliveries/{id}/retry',
  output: Delivery,
  status: 202,
  location: delivery => `/deliveries/${delivery.id}`,
  problems: {
    'not-found': 404,
    'attempt-under-way': 409,
    'webhook-deleted': 409,
    'webhook-paused': 409,
    'webhook-disabled': 409,
  },
  summary: 'Send a delivery again now',
  description: 'It has the same `webhook-id`, so a receiver that has seen it can tell.',
  names: { output: 'Delivery' },
  handle: async call => {
    const { on, params, sql, now, fail } = call
    const delivery = (await on(deliveries).get(params.id)) ?? fail('not-found')
    const webhook = (await sql.get(WEBHOOK, delivery.webhook_id)) ?? fail('webhook-deleted')
    if (Number(webhook['paused']) !== 0)
      fail('webhook-paused', 'Its webhook is paused. Set paused to false first.')
    if (webhook['state'] === 'disabled') fail('webhook-disabled', 'Its webhook is disabled. Enable it first.')
    await takeLane(sql, delivery.webhook_id)
    if (!(await sendNow(sql, delivery.webhook_id, delivery.id, now.getTime())))
      fail('attempt-under-way', 'An attempt is being made right now. Read the delivery in a moment.')
    await lookAtLane(sql, delivery.webhook_id, now.getTime())
    deliveriesWritten(call)
    return (await on(deliveries).get(delivery.id)) ?? fail('not-found')
  },
})

/** Makes it due, or leaves it to wait for an earlier one of its order key. False where it is being sent. */
async function sendNow(
  sql: Pick<Sql, 'get' | 'all' | 'run'>,
  webhook: string,
  id: string,
  now: UnixMs,
): Promise<boolean> {
  const row = await sql.get(STATE, id)
  if (row?.['state'] === 'pending') {
    const due = row['next_attempt_at']
    return typeof due !== 'string' || hurry(sql, { webhook, id, dueAt: Date.parse(due) }, now)
  }
  const key = row?.['order_key']
  const waits = typeof key === 'string' && (await hasEarlier(sql, webhook, key))
  if (typeof key === 'string')
    await writeOrdered(sql, [{ webhook, key, place: Number(row?.['place']), id, due: !waits }])
  if (!waits) await enqueue(sql, [{ webhook, id, dueAt: now, fence: 0 }])
  await sql.run(RETRY, id, waits ? null : isoTime(now))
  return true
}

const listWebhookDeliveries = endpoint({
  method: 'GET',
  path: '/webhooks/{id}/deliveries',
  input: pageQuery,
  output: pageOf(deliveries),
  summary: 'List the deliveries of a webhook, newest first',
  problems: { 'not-found': 404 },
  names: { pageOf: 'Delivery', output: 'DeliveryPage' },
  handle: async ({ on, params, input, sql, account, fail }) => {
    const OWN = 'select id from signalbox_webhooks where id = $1 and account_id = $2'
    if ((await sql.get(OWN, params.id, account)) === undefined) fail('not-found')
    return on(deliveries).list({ ...input, where: { webhook_id: params.id } })
  },
})

export const deliveryEndpoints: { readonly [name: string]: AnyEndpoint } = {
  getDelivery,
  retryDelivery,
  listWebhookDeliveries,
}

export function attemptOf(row: { readonly [column: string]: unknown }): z.output<typeof Attempt> {
  const json = (column: string): never => {
    const text = row[column]
    return (typeof text === 'string' ? JSON.parse(text) : null) as never
  }
  return {
    ...(row as z.output<typeof Attempt>),
    request_headers: json('request_headers'),
    response_headers: json('response_headers'),
  }
}
