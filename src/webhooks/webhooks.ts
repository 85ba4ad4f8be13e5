import * as z from 'zod'
import type { Random } from '../base/index.ts'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  event,
  type Resource,
  resource,
} from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import { Delivery, deliveries } from './deliveries.ts'
import { keepPayload, writeDelivery } from './dispatch.ts'
import { checkUrl, type Egress } from './egress.ts'
import { newSecret } from './signing.ts'

/** What a test sends. No other event has this type. */
export const webhookTest = event('webhook.test', z.object({ webhook_id: z.string() }), {
  description: 'Sent to one webhook when its owner asks for a test.',
})

export interface WebhookOptions {
  readonly egress: Egress
  /** What webhooks can subscribe to. */
  readonly eventTypes: ReadonlyMap<string, EventType>
  readonly random: Random
  readonly newId: (prefix: string) => string
}

export interface WebhookDefinitions {
  readonly resources: readonly Resource[]
  readonly endpoints: { readonly [name: string]: AnyEndpoint }
}

const CANCEL = `update signalbox_deliveries set state = 'canceled', due_at = null, next_attempt_at = null, settled_at = $2
  where webhook_id = $1 and due_at is not null`
const INSERT_EVENT = `insert into signalbox_events (id, account_id, type, created_at, data, before, dispatched)
  values ($1, $2, $3, $4, $5, null, 1)`

/** The standing orders of accounts: where to send which events. */
export function webhookDefinitions({
  egress,
  eventTypes,
  random,
  newId,
}: WebhookOptions): WebhookDefinitions {
  const { Webhook, WithSecret } = schemas(egress, eventTypes)
  const common = {
    path: '/webhooks',
    owner: 'account_id',
    table: 'signalbox_webhooks',
    events: false,
  } as const
  const webhooks = resource('webhook', {
    ...common,
    schema: Webhook,
    prefix: 'whk',
    methods: ['list', 'get', 'update'],
    description: 'A standing order: Signalbox calls `url` whenever one of `events` happens.',
  })
  // The same rows with what is shown once. It has no endpoints.
  const withSecret = resource('webhook_with_secret', {
    ...common,
    schema: WithSecret,
    prefix: 'whk',
    methods: [],
  })
  const notFound = { 'not-found': 404 } as const

  const createWebhook = endpoint({
    method: 'POST',
    path: '/webhooks',
    input: Webhook.pick({ url: true, events: true, description: true }),
    output: WithSecret,
    status: 201,
    location: webhook => `/webhooks/${webhook.id}`,
    summary: 'Create a webhook',
    description: 'The answer has the secret that signs its deliveries. It is shown this once.',
    names: { input: 'NewWebhook', output: 'WebhookWithSecret' },
    shownOnce: true,
    storesInput: true,
    handle: ({ on, input, now }) =>
      on(withSecret).create({ ...input, secret: newSecret(random), created_at: now.toISOString() }),
  })

  const deleteWebhook = endpoint({
    method: 'DELETE',
    path: '/webhooks/{id}',
    problems: notFound,
    summary: 'Delete a webhook',
    description: 'What was still to be delivered to it is canceled.',
    handle: async ({ on, params, sql, now, fail }) => {
      if (!(await on(webhooks).delete(params.id))) fail('not-found')
      await sql.run(CANCEL, params.id, now.toISOString())
    },
  })

  const testWebhook = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/test',
    output: Delivery,
    status: 202,
    location: delivery => `/deliveries/${delivery.id}`,
    problems: notFound,
    summary: 'Send a test event to a webhook',
    names: { output: 'Delivery' },
    handle: async call => {
      const { on, params, sql, account, now, fail } = call
      const webhook = (await on(webhooks).get(params.id)) ?? fail('not-found')
      const at = now.toISOString()
      const data = JSON.stringify({ webhook_id: webhook.id })
      const event = { id: newId('evt'), account, type: webhookTest.name, at, data, before: null }
      await sql.run(INSERT_EVENT, event.id, account, event.type, at, data)
      await keepPayload(sql, event)
      const id = await writeDelivery(sql, newId, event, { id: webhook.id, account }, now.getTime())
      deliveriesWritten(call)
      return (await on(deliveries).get(id)) ?? fail('not-found')
    },
  })

  return { resources: [webhooks, withSecret], endpoints: { createWebhook, deleteWebhook, testWebhook } }
}

function schemas(egress: Egress, eventTypes: ReadonlyMap<string, EventType>) {
  const known = [...eventTypes.keys()]
  const Webhook = z.object({
    id: z.string(),
    url: z
      .string()
      .max(2048)
      .meta({ format: 'uri', examples: ['https://example.com/hooks'] })
      .superRefine((url, context) => {
        const wrong = checkUrl(url, egress)
        if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong })
      }),
    // Checked when it is written only: a type that a later version no longer has must not hide the webhook.
    events: z
      .array(
        z.string().superRefine((name, context) => {
          if (eventTypes.has(name)) return
          context.addIssue({
            code: 'custom',
            message: `There is no event '${name}'. There are ${known.join(', ')}.`,
          })
        }),
      )
      .min(1)
      .describe('The types of events that it is called for')
      .meta({ examples: [known.slice(0, 1)] }),
    description: z.string().max(500).nullable().default(null),
    created_at: z.iso.datetime().meta({ readOnly: true }),
  })
  const WithSecret = Webhook.extend({
    secret: z
      .string()
      .describe('Signs every delivery (Standard Webhooks). Shown once')
      .meta({ readOnly: true }),
  })
  return { Webhook, WithSecret }
}
