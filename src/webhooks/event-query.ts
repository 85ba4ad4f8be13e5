import * as z from 'zod'
import type { EventType } from '../contract/index.ts'
import { conditionIssues } from './check.ts'
import type { EventFilter, Order } from './feed.ts'
import { webhookTest } from './test-event.ts'
import { MAX_CONDITION_LENGTH } from './webhook-schema.ts'
import { askable, namesAsked } from './wildcard.ts'

/** What is asked of the log of events. */
export interface EventQuery {
  readonly cursor?: string | undefined
  readonly limit: number
  readonly order: Order
  /** Names, `article.*` for all that begin so, and `*`. */
  readonly type?: readonly string[] | undefined
  readonly when?: string | undefined
}

/** @param eventTypes what webhooks can subscribe to. */
export function eventQuery(eventTypes: ReadonlyMap<string, EventType>) {
  const names = [...eventTypes.keys(), webhookTest.name]
  return z
    .object({
      cursor: z
        .string()
        .optional()
        .describe('The `next` of the page before, or the id of the last event that you have handled'),
      limit: z.int().min(1).max(100).default(20).describe('Events in the page'),
      order: z
        .enum(['desc', 'asc'])
        .default('desc')
        .describe(
          '`desc`: the newest first. `asc`: as they were committed, with a `next` on every page, to go on from later',
        ),
      type: z
        .array(z.enum([...askable(names)].toSorted()))
        .min(1)
        .optional()
        .describe('Only events of these types')
        .meta({ explode: false, examples: [[...eventTypes.keys()].slice(0, 1)] }),
      when: z
        .string()
        .max(MAX_CONDITION_LENGTH)
        .optional()
        .describe('A condition (CEL) over the event, as webhooks have it: only events that meet it'),
    })
    .superRefine(({ type, when }, context) => {
      const types = typesOf(type, [...eventTypes.keys()]).flatMap(name => eventTypes.get(name) ?? [])
      for (const issue of conditionIssues(when ?? null, types))
        context.addIssue({ code: 'custom', ...issue, path: [...issue.path] })
    })
}

export const typesOf = (asked: readonly string[] | undefined, names: readonly string[]): readonly string[] =>
  asked === undefined ? names : namesAsked(asked, names)

/** The filter that a query asks for. */
export function filterOf(
  { type, when }: EventQuery,
  account: string,
  eventTypes: ReadonlyMap<string, EventType>,
): EventFilter {
  const names = [...eventTypes.keys(), webhookTest.name]
  const types = type && new Set(typesOf(type, names))
  return { account, types, when: when ?? null, typeOf: name => eventTypes.get(name) }
}
