import * as z from 'zod'
import type { EventType, WebhookRules } from '../contract/index.ts'
import { Authorization, NewAuthorization } from './authorization.ts'
import { Challenge } from './challenge.ts'
import { DISABLED_BECAUSE, STATES } from './disabled.ts'
import { Header, NewHeader } from './headers.ts'
import { MAX_CONCURRENCY, USUAL_CONCURRENCY } from './lane-plan.ts'
import { ORDER_FORM } from './order.ts'
import { Rate } from './pace.ts'
import { FORMATS } from './render.ts'
import { METHODS } from './request.ts'
import { SIGNATURES } from './signing.ts'
import { askable } from './wildcard.ts'

export const MAX_CONDITION_LENGTH = 2_000

/**
 * The schemas of webhooks: as they are kept and shown, as they are made, and as they are changed. They say what forms fields
 * have. What these mean is judged after them, all at once, where it is given (`check.ts`): what was right once must not be in
 * the way of pausing a webhook.
 */
export function webhookSchemas(eventTypes: ReadonlyMap<string, EventType>, rules: Required<WebhookRules>) {
  const shownEvents = PLAIN.events.meta({ examples: examplesOf(eventTypes) })
  // A list of a million names is one mistake.
  const events = shownEvents.max(askable(eventTypes.keys()).add('*').size)
  const { url, when, method, format, signature, paused, description } = PLAIN
  const headers = z.array(NewHeader).max(rules.headers)
  const authorization = NewAuthorization.nullable()
  const { concurrency, rate, order } = LIMITS
  const Webhook = z.object({
    id: z.string(),
    url,
    events: shownEvents,
    when,
    method,
    format,
    signature,
    paused,
    concurrency,
    rate,
    order,
    ...STATE,
    description,
    metadata: metadataOf(MetadataText),
    headers: z.array(Header),
    authorization: Authorization.nullable(),
    challenge: Challenge.nullable()
      .describe('Null where nobody asks whose the URL is')
      .meta({ readOnly: true }),
    public_key: z
      .string()
      .nullable()
      .describe('What receivers verify by where the signature is `ed25519`: `whpk_` and base64')
      .meta({ readOnly: true }),
    previous_secret_until: z.iso
      .datetime()
      .nullable()
      .describe('Until when the secret before this one signs as well. Null: it does not')
      .meta({ readOnly: true }),
    created_at: z.iso.datetime().meta({ readOnly: true }),
  })
  return {
    Webhook,
    /** As it is kept: its secret sealed. */
    Stored: Webhook.extend({ secret: z.string(), sealed_by: z.string() }),
    WithSecret: Webhook.extend({
      secret: z
        .string()
        .nullable()
        .describe('Signs every delivery. Shown once. Null where receivers verify by `public_key`')
        .meta({ readOnly: true }),
    }),
    NewWebhook: z.object({
      url,
      events,
      when: when.default(null),
      method: method.default('POST'),
      format: format.optional().describe('Default: `json`, or `form` where the method is GET'),
      signature: signature.optional().describe('Default: `standard`, or `twilio` where the method is GET'),
      concurrency: concurrency.default(USUAL_CONCURRENCY),
      rate: rate.default(null),
      order: order.default(null),
      description: description.default(null),
      metadata: metadataOf(MetadataText).default({}),
      headers: headers.default([]),
      authorization: authorization.default(null),
    }),
    WebhookChange: z
      .object({
        url,
        events,
        when,
        method,
        format,
        signature,
        paused,
        held: z
          .enum(['send', 'drop'])
          .describe(
            'What becomes of what a paused webhook is owed. Default, where `paused` is set to false: `send`',
          ),
        concurrency,
        rate,
        order,
        description,
        metadata: metadataOf(MetadataText.nullable()).describe(
          'Members that are left out stay; null takes one away',
        ),
        headers,
        authorization,
      })
      .partial(),
    Trial: z.object({ events, when: when.unwrap() }),
  }
}

export type WebhookSchemas = ReturnType<typeof webhookSchemas>

const EVENTS =
  'The types of events that it is called for: names, `article.*` for all that begin so, `*` for all, those that come later included'

const METADATA = 'Texts of the owner’s own, which Signalbox does nothing with'
const MAX_METADATA = 50
const MetadataName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,39}$/)
const MetadataText = z.string().max(500)
const metadataOf = <T extends z.ZodType>(text: T) =>
  z
    .record(MetadataName, text)
    .refine(given => Object.keys(given).length <= MAX_METADATA, `There may be ${MAX_METADATA} members.`)
    .describe(METADATA)

const PLAIN = {
  url: z
    .string()
    .max(2048)
    .meta({ format: 'uri', examples: ['https://example.com/hooks'] }),
  events: z.array(z.string()).min(1).describe(EVENTS),
  when: z
    .string()
    .max(MAX_CONDITION_LENGTH)
    .nullable()
    .describe('A condition (CEL) over the event: only where it is met is the webhook called')
    .meta({ examples: ['data.score > 10.0 && before.score <= 10.0'] }),
  method: z
    .enum(METHODS)
    .describe('By GET the fields of the event are query parameters, and there is no body'),
  format: z.enum(FORMATS).describe('Of the body'),
  signature: z.enum(SIGNATURES).describe('Whose libraries can verify its deliveries'),
  paused: z.boolean().describe('While true nothing is sent; what is owed waits'),
  description: z.string().max(500).nullable(),
}

/** How much of a webhook's deliveries is under way at once, and in which order. */
const LIMITS = {
  concurrency: z.int().min(1).max(MAX_CONCURRENCY).describe('How many attempts may be under way at once'),
  rate: Rate.nullable(),
  order: z
    .string()
    .regex(ORDER_FORM)
    .nullable()
    .describe(
      'A field of the data: events in which it is the same are sent one after another, each once the one before is settled. Null: no order is kept',
    )
    .meta({ examples: ['data.id'] }),
}

const STATE = {
  state: z
    .enum(STATES)
    .describe(
      '`failing`: most attempts of late have failed, so it is tried now and then, and what is owed waits. `disabled`: it is not called until it is enabled again',
    )
    .meta({ readOnly: true }),
  disabled_at: z.iso.datetime().nullable().meta({ readOnly: true }),
  disabled_because: z
    .enum(DISABLED_BECAUSE)
    .nullable()
    .describe('`gone`: its receiver answered 410. `failing`: all attempts of five days have failed')
    .meta({ readOnly: true }),
}

const examplesOf = (eventTypes: ReadonlyMap<string, EventType>): string[][] => [
  [...eventTypes.keys()].slice(0, 1),
]
