import * as z from 'zod'
import type { EventType } from '../contract/index.ts'
import { DISABLED_BECAUSE, STATES } from './disabled.ts'
import { checkUrl, type Egress } from './egress.ts'
import { MAX_CONCURRENCY, USUAL_CONCURRENCY } from './lane-plan.ts'
import { ORDER_FORM } from './order.ts'
import { Rate } from './pace.ts'
import { FORMATS } from './render.ts'
import { METHODS } from './request.ts'
import { SIGNATURES } from './signing.ts'

export const MAX_CONDITION_LENGTH = 2_000

/**
 * The schemas of webhooks: as they are kept and shown, as they are made, and as they are changed. Addresses and types of
 * events are judged when they are given, not whenever the webhook is written: what was right once must not be in the way
 * of pausing it.
 */
export function webhookSchemas(egress: Egress, eventTypes: ReadonlyMap<string, EventType>) {
  const { url, events } = givenFields(egress, eventTypes)
  const { when, method, format, signature, paused, description } = PLAIN
  const { concurrency, rate, order } = LIMITS
  const Webhook = z.object({
    id: z.string(),
    url: PLAIN.url,
    events: PLAIN.events.meta({ examples: examplesOf(eventTypes) }),
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
    created_at: z.iso.datetime().meta({ readOnly: true }),
  })
  return {
    Webhook,
    WithSecret: Webhook.extend({
      secret: z.string().describe('Signs every delivery. Shown once').meta({ readOnly: true }),
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
    }),
    WebhookChange: z
      .object({ url, events, when, method, format, signature, paused, concurrency, rate, order, description })
      .partial(),
    Trial: z.object({ events, when: when.unwrap() }),
  }
}

export type WebhookSchemas = ReturnType<typeof webhookSchemas>

const PLAIN = {
  url: z
    .string()
    .max(2048)
    .meta({ format: 'uri', examples: ['https://example.com/hooks'] }),
  events: z.array(z.string()).min(1).describe('The types of events that it is called for'),
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

function givenFields(egress: Egress, eventTypes: ReadonlyMap<string, EventType>) {
  const known = [...eventTypes.keys()].join(', ')
  const name = z.string().refine(given => eventTypes.has(given), {
    error: ({ input }) => `There is no event '${String(input)}'. There are ${known}.`,
  })
  return {
    url: PLAIN.url.superRefine((url, context) => {
      const wrong = checkUrl(url, egress)
      if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong })
    }),
    events: z
      .array(name)
      .min(1)
      // Before each is judged: a list of a million names is one mistake.
      .max(Math.max(eventTypes.size, 1))
      .refine(names => new Set(names).size === names.length, 'An event is listed twice.')
      .describe('The types of events that it is called for')
      .meta({ examples: examplesOf(eventTypes) }),
  }
}
