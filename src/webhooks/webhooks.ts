import * as z from 'zod'
import type { Random } from '../base/index.ts'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  event,
  InvalidValue,
  type Resource,
  resource,
  type Unit,
} from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import { CHECKED, type Checked, issuesOf } from './check.ts'
import { Delivery, deliveries } from './deliveries.ts'
import { writeDelivery } from './dispatch.ts'
import type { Egress } from './egress.ts'
import { closeLane, openLane, refreshLane, startLane, stopLane } from './lanes.ts'
import { writeLog } from './log.ts'
import { keepPayload } from './payloads.ts'
import { newSecret } from './signing.ts'
import { trialEndpoint } from './trial.ts'
import { webhookSchemas } from './webhook-schema.ts'

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

const ENABLE = `update signalbox_webhooks set state = 'active', disabled_at = null, disabled_because = null where id = $1`
/** What was remembered of its attempts is forgotten. */
const ACTIVE = `update signalbox_webhooks set state = 'active' where id = $1`
const INSERT_EVENT = `insert into signalbox_events
  (id, account_id, type, created_at, data, before, dispatched, webhooks) values ($1, $2, $3, $4, $5, null, 1, $6)`

/** An event goes only where somebody sends it who may read events. */
const SAVE_SCOPES = ['webhooks:write', 'events:read']

const NOT_FOUND = { 'not-found': 404 } as const

/** The standing orders of accounts: where to send which events. */
export function webhookDefinitions(options: WebhookOptions): WebhookDefinitions {
  const { egress, eventTypes, random, newId } = options
  const { Webhook, WithSecret, NewWebhook, WebhookChange, Trial } = webhookSchemas(egress, eventTypes)
  const common = {
    path: '/webhooks',
    owner: 'account_id',
    table: 'signalbox_webhooks',
    prefix: 'whk',
    events: false,
  } as const
  const webhooks = resource('webhook', {
    ...common,
    schema: Webhook,
    methods: ['list', 'get'],
    description: 'A standing order: Signalbox calls `url` whenever one of `events` happens.',
  })
  // The same rows with what is shown once. It has no endpoints.
  const withSecret = resource('webhook_with_secret', { ...common, schema: WithSecret, methods: [] })

  const check = (webhook: Checked): void => {
    const issues = issuesOf(webhook, eventTypes)
    if (issues.length > 0) throw new InvalidValue('webhook', issues)
  }

  const createWebhook = endpoint({
    method: 'POST',
    path: '/webhooks',
    input: NewWebhook,
    output: WithSecret,
    status: 201,
    location: webhook => `/webhooks/${webhook.id}`,
    summary: 'Create a webhook',
    description: 'The answer has the secret that signs its deliveries. It is shown this once.',
    names: { input: 'NewWebhook', output: 'WebhookWithSecret', element: 'webhook' },
    scope: SAVE_SCOPES,
    audit: 'webhook.created',
    shownOnce: true,
    storesInput: true,
    handle: async ({ on, sql, input, now }) => {
      const usual = input.method === 'GET' ? BY_GET : BY_BODY
      const { format = usual.format, signature = usual.signature } = input
      const webhook = { ...input, format, signature }
      check(webhook)
      const secret = newSecret(random)
      const state = { state: 'active', disabled_at: null, disabled_because: null } as const
      const created_at = now.toISOString()
      const made = await on(withSecret).create({ ...webhook, paused: false, ...state, secret, created_at })
      await openLane(sql, made.id)
      return made
    },
  })

  const updateWebhook = endpoint({
    method: 'PATCH',
    path: '/webhooks/{id}',
    input: WebhookChange,
    output: Webhook,
    problems: NOT_FOUND,
    summary: 'Change a webhook',
    description:
      'What is still to be delivered is sent as the webhook is then. While it is `paused` it waits, and goes out once it no longer is.',
    names: { input: 'WebhookChange', output: 'Webhook', element: 'webhook' },
    scope: SAVE_SCOPES,
    audit: 'webhook.updated',
    storesInput: true,
    handle: async call => {
      const { on, params, input, sql, fail } = call
      const before = (await on(webhooks).get(params.id)) ?? fail('not-found')
      const change = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
      // What was right when it was saved must not be in the way of pausing it.
      if (CHECKED.some(field => field in change)) check({ ...before, ...change })
      const after = await on(webhooks).patch(params.id, change)
      if (after.paused && !before.paused) await stopLane(sql, params.id)
      if (startsBy(before, after)) await start(call, params.id)
      // It may let more begin than before.
      else if (after.state === 'active' && ('concurrency' in change || 'rate' in change)) {
        await refreshLane(sql, params.id)
        deliveriesWritten(call)
      }
      return (await on(webhooks).get(params.id)) ?? fail('not-found')
    },
  })

  const deleteWebhook = endpoint({
    method: 'DELETE',
    path: '/webhooks/{id}',
    problems: NOT_FOUND,
    summary: 'Delete a webhook',
    description: 'What was still to be delivered to it is canceled.',
    audit: 'webhook.deleted',
    handle: async ({ on, params, sql, now, fail }) => {
      if (!(await on(webhooks).delete(params.id))) fail('not-found')
      await closeLane(sql, params.id, now.getTime())
    },
  })

  const enableWebhook = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/enable',
    output: Webhook,
    problems: NOT_FOUND,
    summary: 'Enable a webhook that was disabled',
    description:
      'What it is owed is sent now, unless it is paused. One that is failing is tried now, rather than at its next time.',
    names: { output: 'Webhook', element: 'webhook' },
    audit: 'webhook.enabled',
    handle: async call => {
      const { on, params, sql, fail } = call
      const { paused } = (await on(webhooks).get(params.id)) ?? fail('not-found')
      await sql.run(ENABLE, params.id)
      if (!paused) await start(call, params.id)
      return (await on(webhooks).get(params.id)) ?? fail('not-found')
    },
  })

  const testWebhook = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/test',
    output: Delivery,
    status: 202,
    location: delivery => `/deliveries/${delivery.id}`,
    problems: { ...NOT_FOUND, 'webhook-paused': 409, 'webhook-disabled': 409 },
    summary: 'Send a test event to a webhook',
    audit: 'webhook.tested',
    names: { output: 'Delivery' },
    handle: async call => {
      const { on, params, sql, account, now, fail } = call
      const webhook = (await on(webhooks).get(params.id)) ?? fail('not-found')
      if (webhook.paused) fail('webhook-paused', 'Nothing is sent to it. Set paused to false first.')
      if (webhook.state === 'disabled') fail('webhook-disabled', 'Nothing is sent to it. Enable it first.')
      const at = now.toISOString()
      const data = JSON.stringify({ webhook_id: webhook.id })
      const event = { id: newId('evt'), account, type: webhookTest.name, at, data, before: null }
      // A test waits for nothing, and nothing for it.
      const recipient = { ...webhook, account, order: null }
      const log = writeLog([{ webhook: recipient, verdict: { met: true, because: null } }])
      await sql.run(INSERT_EVENT, event.id, account, event.type, at, data, log)
      await keepPayload(sql, event, webhook.format, webhookTest)
      const id = await writeDelivery(sql, newId, event, recipient, now.getTime())
      deliveriesWritten(call)
      return (await on(deliveries).get(id)) ?? fail('not-found')
    },
  })

  return {
    resources: [webhooks, withSecret],
    endpoints: {
      createWebhook,
      updateWebhook,
      deleteWebhook,
      enableWebhook,
      tryCondition: trialEndpoint(Trial, eventTypes),
      testWebhook,
    },
  }
}

interface Startable {
  readonly url: string
  readonly paused: boolean
  readonly state: 'active' | 'failing' | 'disabled'
}

/** Whether a change lets a webhook be sent to again: it is resumed, or one that fails is somewhere else now. */
const startsBy = (before: Startable, after: Startable): boolean =>
  !after.paused &&
  after.state !== 'disabled' &&
  (before.paused || (after.state === 'failing' && before.url !== after.url))

/** Sends what is owed to a webhook that was stopped. */
async function start(call: Pick<Unit, 'sql' | 'now'>, webhook: string): Promise<void> {
  await call.sql.run(ACTIVE, webhook)
  await startLane(call.sql, webhook, call.now.getTime())
  deliveriesWritten(call)
}

/** What a webhook is where nobody says otherwise. */
const BY_BODY = { format: 'json', signature: 'standard' } as const
const BY_GET = { format: 'form', signature: 'twilio' } as const
