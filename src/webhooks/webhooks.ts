import type { Random } from '../base/index.ts'
import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  InvalidValue,
  type OperationType,
  type Resource,
  resource,
} from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import { CHECKED, type Checked, issuesOf } from './check.ts'
import type { Egress } from './egress.ts'
import { exportEndpoint } from './export.ts'
import { recoverWebhook, recovery } from './recover.ts'
import { replays } from './replay.ts'
import { newSecret } from './signing.ts'
import { testEndpoint } from './test-event.ts'
import { trialEndpoint } from './trial.ts'
import { webhookSchemas } from './webhook-schema.ts'

export interface WebhookOptions {
  readonly egress: Egress
  /** What webhooks can subscribe to. */
  readonly eventTypes: ReadonlyMap<string, EventType>
  /** Tell what the changes of rows carry. */
  readonly resources: readonly Resource[]
  readonly random: Random
  readonly newId: (prefix: string) => string
}

export interface WebhookDefinitions {
  readonly resources: readonly Resource[]
  readonly endpoints: { readonly [name: string]: AnyEndpoint }
  readonly operations: readonly OperationType[]
}

const CANCEL = `update signalbox_deliveries set state = 'canceled', due_at = null, next_attempt_at = null, settled_at = $2
  where webhook_id = $1 and state = 'pending'`
/** An attempt under way ends, and is held when it is settled. */
const HOLD = `update signalbox_deliveries set due_at = null, next_attempt_at = null
  where webhook_id = $1 and state = 'pending' and next_attempt_at is not null`
const RESUME = `update signalbox_deliveries set due_at = $2, next_attempt_at = $3
  where webhook_id = $1 and state = 'pending' and due_at is null`

/** An event goes only where somebody sends it who may read events. */
const SAVE_SCOPES = ['webhooks:write', 'events:read']

const NOT_FOUND = { 'not-found': 404 } as const

/** The standing orders of accounts: where to send which events. */
export function webhookDefinitions(options: WebhookOptions): WebhookDefinitions {
  const { egress, eventTypes, random } = options
  const schemas = webhookSchemas(egress, eventTypes)
  const { Webhook, WithSecret, NewWebhook, WebhookChange, Trial } = schemas
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
    handle: ({ on, input, now }) => {
      const usual = input.method === 'GET' ? BY_GET : BY_BODY
      const { format = usual.format, signature = usual.signature } = input
      const webhook = { ...input, format, signature }
      check(webhook)
      const secret = newSecret(random)
      return on(withSecret).create({ ...webhook, paused: false, secret, created_at: now.toISOString() })
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
      const { on, params, input, sql, now, fail } = call
      const before = (await on(webhooks).get(params.id)) ?? fail('not-found')
      const change = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
      // What was right when it was saved must not be in the way of pausing it.
      if (CHECKED.some(field => field in change)) check({ ...before, ...change })
      const after = await on(webhooks).patch(params.id, change)
      if (after.paused && !before.paused) await sql.run(HOLD, params.id)
      if (before.paused && !after.paused) {
        await sql.run(RESUME, params.id, now.getTime(), now.toISOString())
        deliveriesWritten(call)
      }
      return after
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
      await sql.run(CANCEL, params.id, now.toISOString())
    },
  })

  const { replay, replayEvents } = replays(options)
  return {
    operations: [recovery, replay],
    resources: [webhooks, withSecret],
    endpoints: {
      createWebhook,
      updateWebhook,
      deleteWebhook,
      tryCondition: trialEndpoint(Trial, eventTypes),
      testWebhook: testEndpoint(options),
      recoverWebhook,
      exportAccount: exportEndpoint(webhooks, schemas, eventTypes),
      replayEvents,
    },
  }
}

/** What a webhook is where nobody says otherwise. */
const BY_BODY = { format: 'json', signature: 'standard' } as const
const BY_GET = { format: 'form', signature: 'twilio' } as const
