import {
  type AnyEndpoint,
  type EventType,
  endpoint,
  InvalidValue,
  type Issue,
  type OperationType,
  type Resource,
  resource,
  type Unit,
  type WebhookRules,
} from '../contract/index.ts'
import { mergePatch } from '../http/index.ts'
import { deliveriesWritten, webhookChanged } from '../unit/index.ts'
import { authorizationIssues } from './authorization.ts'
import { type ChallengeTask, challenge, isProven, setResumes } from './challenge.ts'
import { CHECKED, type Checked, type Given, givenIssues, issuesOf } from './check.ts'
import { type GivenCredentials, partCredentials } from './credentials.ts'
import type { Egress } from './egress.ts'
import { exportEndpoint } from './export.ts'
import { headerIssues } from './headers.ts'
import { drop } from './held.ts'
import { keepHidden, readHidden } from './hidden.ts'
import { closeLane, openLane, refreshLane, startLane, stopLane, takeOwnLane } from './lanes.ts'
import { recoverWebhook, recovery } from './recover.ts'
import { replays } from './replay.ts'
import { makeSecret, refuseOtherSecret, rollEndpoint, type SecretMaking } from './roll.ts'
import { testEndpoint } from './test-event.ts'
import { trialEndpoint } from './trial.ts'
import { webhookSchemas } from './webhook-schema.ts'

export interface WebhookOptions extends SecretMaking {
  readonly egress: Egress
  /** What webhooks can subscribe to. */
  readonly eventTypes: ReadonlyMap<string, EventType>
  /** Tell what the changes of rows carry. */
  readonly resources: readonly Resource[]
  readonly rules: Required<WebhookRules>
  /** Asks new URLs, where the rules say so. */
  readonly asking: ChallengeTask
  readonly newId: (prefix: string) => string
  /** Whether programs record events by SQL. */
  readonly emitsBySql: boolean
}

export interface WebhookDefinitions {
  readonly resources: readonly Resource[]
  readonly endpoints: { readonly [name: string]: AnyEndpoint }
  readonly operations: readonly OperationType[]
}

const COUNT = 'select count(*) as webhooks from signalbox_webhooks where account_id = $1'
/** Where units run side by side, two that create a webhook of one account wait for each other, and are both counted. */
const IN_TURN = 'update signalbox_accounts set name = name where id = $1'
const ENABLE = `update signalbox_webhooks set state = 'active', disabled_at = null, disabled_because = null where id = $1`
/** What was remembered of its attempts is forgotten. */
const ACTIVE = `update signalbox_webhooks set state = 'active' where id = $1`

/** An event goes only where somebody sends it who may read events. */
const SAVE_SCOPES = ['webhooks:write', 'events:read']

const NOT_FOUND = { 'not-found': 404 } as const

/** The standing orders of accounts: where to send which events. */
export function webhookDefinitions(options: WebhookOptions): WebhookDefinitions {
  const { egress, eventTypes, rules, asking, random, seal, emitsBySql } = options
  const schemas = webhookSchemas(eventTypes, rules)
  const { Webhook, Stored, WithSecret, NewWebhook, WebhookChange, Trial } = schemas
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
  // The same rows with what nobody is shown. It has no endpoints.
  const stored = resource('stored_webhook', { ...common, schema: Stored, methods: [] })

  const check = (webhook: Checked, given: Given & GivenCredentials, parting: readonly Issue[]): void => {
    const { headers = [], authorization } = given
    const issues = [
      ...givenIssues(given, egress, eventTypes),
      ...headerIssues(headers),
      ...(authorization ? authorizationIssues(authorization, egress) : []),
      ...parting,
      ...issuesOf(webhook, eventTypes),
    ]
    if (issues.length > 0) throw new InvalidValue('webhook', issues)
  }

  const createWebhook = endpoint({
    method: 'POST',
    path: '/webhooks',
    input: NewWebhook,
    output: WithSecret,
    status: 201,
    location: webhook => `/webhooks/${webhook.id}`,
    problems: { 'too-many-webhooks': 409 },
    summary: 'Create a webhook',
    description: 'The answer has the secret that signs its deliveries. It is shown this once.',
    names: { input: 'NewWebhook', output: 'WebhookWithSecret', element: 'webhook' },
    scope: SAVE_SCOPES,
    audit: 'webhook.created',
    shownOnce: true,
    storesInput: true,
    handle: async call => {
      const { on, sql, account, input, now, fail } = call
      const usual = input.method === 'GET' ? BY_GET : BY_BODY
      const { format = usual.format, signature = usual.signature } = input
      const { headers, authorization, hidden, issues } = partCredentials(input, undefined)
      const webhook = { ...input, format, signature, headers, authorization }
      check(webhook, input, issues)
      await sql.run(IN_TURN, account)
      if (Number((await sql.get(COUNT, account))?.['webhooks']) >= rules.max)
        fail('too-many-webhooks', `An account may have ${rules.max}. Delete one that is not needed any more.`)
      const { shown, ...secret } = makeSecret(signature, options)
      const made = { ...webhook, ...NEW, ...secret, created_at: now.toISOString() }
      const created = { ...(await on(stored).create(made)), secret: shown }
      await keepHidden(sql, seal, created.id, hidden)
      await openLane(sql, created.id)
      if (!rules.challenge) return created
      const asked = await challenge(call, asking, random, { id: created.id, resumes: true })
      return { ...created, paused: true, challenge: asked }
    },
  })

  const updateWebhook = endpoint({
    method: 'PATCH',
    path: '/webhooks/{id}',
    input: WebhookChange,
    output: Webhook,
    problems: { ...NOT_FOUND, 'url-unproven': 409 },
    summary: 'Change a webhook',
    description:
      'What is still to be delivered is sent as the webhook is then. While it is `paused` it waits, and goes out once it no longer is, unless `held` is `drop`.',
    names: { input: 'WebhookChange', output: 'Webhook', element: 'webhook' },
    scope: SAVE_SCOPES,
    audit: 'webhook.updated',
    storesInput: true,
    handle: async call => {
      const { on, params, input, sql, account, fail } = call
      await takeOwnLane(sql, params.id, account)
      const before = (await on(webhooks).get(params.id)) ?? fail('not-found')
      const { metadata, held, ...change } = definedOf(input)
      const wrong = heldIssue(held, before.paused, change.paused)
      if (wrong !== undefined) throw new InvalidValue('webhook', [{ path: ['held'], message: wrong }])
      const isUnproven = rules.challenge && !isProven(before.challenge)
      const asks = rules.challenge && change.url !== undefined && change.url !== before.url
      if (isUnproven && !asks && change.paused === false)
        fail('url-unproven', 'Its URL has not answered its challenge. It goes on when it has.')
      const was = { ...before, hidden: await readHidden(sql, seal, before.id) }
      const { headers, authorization, hidden, issues } = partCredentials(input, was)
      const row = { ...before, ...change, headers, authorization, ...(asks && { paused: true }) }
      // What was right when it was saved must not be in the way of pausing it.
      if (CHECKED.some(field => field in change)) check(row, input, issues)
      refuseOtherSecret(before.signature, row.signature)
      const after = await on(webhooks).replace(before.id, {
        ...row,
        metadata: metadataOf(before.metadata, metadata),
      })
      await keepHidden(sql, seal, before.id, hidden)
      if (held === 'drop') await drop(sql, before.id)
      if (after.paused && !before.paused) await stopLane(sql, before.id)
      if (startsBy(before, after)) await start(call, before.id)
      // It may let more begin than before.
      else if (after.state === 'active' && ('concurrency' in change || 'rate' in change))
        await refreshLane(sql, before.id)
      deliveriesWritten(call)
      webhookChanged(call, before.id)
      const went = isUnproven ? before.challenge?.resumes === true : !before.paused
      const resumes = change.paused === undefined ? went : !change.paused
      if (asks) await challenge(call, asking, random, { id: before.id, resumes })
      else if (isUnproven && after.challenge !== null && resumes !== went)
        await setResumes(sql, before.id, after.challenge, resumes)
      // As it is now: its state may have changed with it.
      return (await on(webhooks).get(before.id)) ?? fail('not-found')
    },
  })

  const challengeWebhook = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/challenge',
    output: Webhook,
    status: 202,
    limit: { requests: 20, per: '1 minute' },
    problems: { ...NOT_FOUND, 'url-proven': 409 },
    summary: 'Ask the URL of a webhook again',
    description: 'It is sent a challenge, and nothing else until it has answered it.',
    audit: 'webhook.challenged',
    names: { output: 'Webhook', element: 'webhook' },
    handle: async call => {
      const { on, params, sql, account, fail } = call
      await takeOwnLane(sql, params.id, account)
      const webhook = (await on(webhooks).get(params.id)) ?? fail('not-found')
      const { id, challenge: before } = webhook
      if (before === null || isProven(before)) return fail('url-proven', 'It has answered its challenge.')
      const asked = await challenge(call, asking, random, { id, resumes: before.resumes })
      return { ...webhook, challenge: asked }
    },
  })

  const deleteWebhook = endpoint({
    method: 'DELETE',
    path: '/webhooks/{id}',
    problems: NOT_FOUND,
    summary: 'Delete a webhook',
    description: 'What was still to be delivered to it is canceled.',
    audit: 'webhook.deleted',
    handle: async call => {
      const { on, params, sql, account, now, fail } = call
      await takeOwnLane(sql, params.id, account)
      if (!(await on(webhooks).delete(params.id))) fail('not-found')
      await closeLane(sql, params.id, now.getTime())
      webhookChanged(call, params.id)
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
      const { on, params, sql, account, fail } = call
      await takeOwnLane(sql, params.id, account)
      const { paused } = (await on(webhooks).get(params.id)) ?? fail('not-found')
      await sql.run(ENABLE, params.id)
      if (!paused) await start(call, params.id)
      return (await on(webhooks).get(params.id)) ?? fail('not-found')
    },
  })

  const { replay, replayEvents } = replays(options)
  return {
    operations: [recovery, replay],
    resources: [webhooks, stored],
    endpoints: {
      createWebhook,
      updateWebhook,
      deleteWebhook,
      enableWebhook,
      rollSecret: rollEndpoint(webhooks, schemas, options),
      tryCondition: trialEndpoint(Trial, eventTypes),
      testWebhook: testEndpoint(options),
      recoverWebhook,
      exportAccount: exportEndpoint(webhooks, schemas, eventTypes, emitsBySql),
      replayEvents,
      ...(rules.challenge && { challengeWebhook }),
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

/** Why what is held cannot be sent or dropped. */
function heldIssue(
  held: 'send' | 'drop' | undefined,
  isPaused: boolean,
  paused = isPaused,
): string | undefined {
  if (held !== undefined && !isPaused) return 'The webhook is not paused, so nothing is held.'
  if (held === 'send' && paused) return 'What is held is sent once the webhook goes on: set paused to false.'
  return undefined
}

/** What every webhook is at first. */
const NEW = {
  paused: false,
  state: 'active',
  disabled_at: null,
  disabled_because: null,
  challenge: null,
} as const

/** What a webhook is where nobody says otherwise. */
const BY_BODY = { format: 'json', signature: 'standard' } as const
const BY_GET = { format: 'form', signature: 'twilio' } as const

/** What a change says. A member that is undefined is one that it leaves out. */
const definedOf = <T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never

type Metadata = { readonly [name: string]: string }
/** RFC 7396: null takes a member away. */
const metadataOf = (before: Metadata, change: { readonly [name: string]: string | null } = {}): Metadata =>
  mergePatch(before, change) as Metadata
