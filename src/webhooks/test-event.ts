import * as z from 'zod'
import type { NewId } from '../base/index.ts'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  event,
  type Resource,
  type Sql,
} from '../contract/index.ts'
import { changesOf } from '../openapi/index.ts'
import { deliveriesWritten, type StoredEvent } from '../unit/index.ts'
import { Delivery, deliveries } from './deliveries.ts'
import { writeLog } from './log.ts'
import { type Recipient, writeDelivery } from './owed.ts'
import { keepPayload } from './payloads.ts'
import type { Format } from './render.ts'
import { sampleOf } from './sample.ts'

/** What a test sends unless a type is named. No other event has this type. */
export const webhookTest = event('webhook.test', z.object({ webhook_id: z.string() }), {
  description: 'Sent to one webhook when its owner asks for a test.',
})

export interface TestOptions {
  readonly eventTypes: ReadonlyMap<string, EventType>
  /** Tell what the changes of rows carry. */
  readonly resources: readonly Resource[]
  readonly newId: NewId
}

const INSERT = `insert into signalbox_events
  (id, account_id, type, created_at, data, before, dispatched, test, webhooks) values ($1, $2, $3, $4, $5, $6, 1, $7, $8)`
const OWN =
  'select id, account_id, format, paused, state from signalbox_webhooks where id = $1 and account_id = $2'

/** Sends one webhook an event that did not happen: of its own type, or one of another type that says so. */
export function testEndpoint({ eventTypes, resources, newId }: TestOptions): AnyEndpoint {
  const names = [...eventTypes.keys()]
  const changes = changesOf(resources)
  const carried = (sql: Pick<Sql, 'get' | 'all'>, account: string, type: EventType) =>
    sampleOf(sql, account, type, changes.get(type) ?? ['data'])

  const testWebhook = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/test',
    input: z
      .object({
        type: z
          .enum([webhookTest.name, ...names])
          .default(webhookTest.name)
          .describe('Of which type, whatever the webhook is for'),
      })
      .prefault({}),
    output: Delivery,
    status: 202,
    location: delivery => `/deliveries/${delivery.id}`,
    problems: { 'not-found': 404, 'webhook-paused': 409, 'webhook-disabled': 409, 'no-example': 409 },
    scope: ['webhooks:write', 'events:read'],
    summary: 'Send a test event to a webhook',
    description: `It carries what your latest event of this type does; where there is none, what fits the schema. Its \`test\` is true. No
other webhook is sent it, and it is not in the log of events.`,
    audit: 'webhook.tested',
    names: { input: 'WebhookTest', output: 'Delivery' },
    handle: async call => {
      const { on, params, sql, account, input, now, fail } = call
      const row = (await sql.get(OWN, params.id, account)) ?? fail('not-found')
      if (Number(row['paused']) !== 0)
        fail('webhook-paused', 'Nothing is sent to it. Set paused to false first.')
      if (row['state'] === 'disabled') fail('webhook-disabled', 'Nothing is sent to it. Enable it first.')
      const webhook = recipientOf(row)
      const head = { id: newId('evt'), account, at: now.toISOString() }
      const type = eventTypes.get(input.type)
      const made: StoredEvent =
        type === undefined
          ? {
              ...head,
              type: webhookTest.name,
              data: JSON.stringify({ webhook_id: webhook.id }),
              before: null,
            }
          : {
              ...((await carried(sql, account, type)) ?? fail('no-example', NO_EXAMPLE)),
              ...head,
              isTest: true,
            }
      const log = writeLog([{ webhook, verdict: { met: true, because: null } }])
      const { id, at, data, before } = made
      await sql.run(INSERT, id, account, made.type, at, data, before, made.isTest === true ? 1 : 0, log)
      await keepPayload(sql, made, webhook.format, type ?? webhookTest)
      const delivery = await writeDelivery(sql, newId, made, webhook, now.getTime())
      deliveriesWritten(call)
      return (await on(deliveries).get(delivery)) ?? fail('not-found')
    },
  })
  return { ...testWebhook, bodyless: true }
}

const NO_EXAMPLE =
  'There is no event of this type yet, and none can be made up from its schema: give the schema an example.'

/** A test waits for nothing, and nothing for it. */
const recipientOf = (row: { readonly [column: string]: unknown }): Recipient => ({
  id: String(row['id']),
  account: String(row['account_id']),
  format: String(row['format']) as Format,
})
