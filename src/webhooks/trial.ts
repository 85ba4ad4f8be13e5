import * as z from 'zod'
import { type AnyEndpoint, type EventType, endpoint, InvalidValue } from '../contract/index.ts'
import { conditionIssues, nameIssues, typesAsked } from './check.ts'
import { judgeOf } from './match.ts'
import { recentEvents } from './recent.ts'
import type { WebhookSchemas } from './webhook-schema.ts'

const MAX_TRIED = 100

const TrialResult = z.object({
  tried: z.int().describe(`How many events it was tried on: the latest of these types, ${MAX_TRIED} at most`),
  met: z.int(),
  events: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        at: z.iso.datetime(),
        met: z.boolean(),
        because: z.string().nullable().describe('Why it was not met'),
      }),
    )
    .describe('The newest comes first'),
})

/** Tries a condition on what has happened already, before any webhook has it. */
export function trialEndpoint(
  input: WebhookSchemas['Trial'],
  eventTypes: ReadonlyMap<string, EventType>,
): AnyEndpoint {
  const tryCondition = endpoint({
    method: 'POST',
    path: '/webhooks/try',
    input,
    output: TrialResult,
    scope: ['webhooks:write', 'events:read'],
    summary: 'Try a condition on recent events',
    names: { input: 'ConditionTrial', output: 'ConditionTrialResult', element: 'trial' },
    storesInput: true,
    handle: async ({ input: { events: asked, when }, sql, account }) => {
      const types = typesAsked(asked, eventTypes)
      const issues = [...nameIssues(asked, eventTypes), ...conditionIssues(when, types)]
      if (issues.length > 0) throw new InvalidValue('condition', issues)
      const names = types.map(({ name }) => name)
      const recent = await recentEvents(sql, account, names, MAX_TRIED)
      const events = recent.map(event => {
        const { id, type, at } = event
        return { id, type, at, ...judgeOf(event, eventTypes.get(type))(when) }
      })
      return { tried: events.length, met: events.filter(({ met }) => met).length, events }
    },
  })
  return tryCondition
}
