import * as z from 'zod'
import { isoTime, type NewId, type Random } from '../base/index.ts'
import { event, type Sql, type TaskType, task, type Unit } from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import type { Called, CallReceiver } from './call.ts'
import { startLane, stopLane, takeLane } from './lanes.ts'
import { renderEvent } from './render.ts'
import { orderOf } from './stored-order.ts'

// Whose URL is it? Where the producer asks, a new or changed URL is sent a text that nobody can guess, signed like any
// delivery, and has to answer it before anything else is delivered there. Until then the webhook is paused. Asking is a task:
// it is put off in the unit that sets the URL, and survives whoever dies. It is asked once; again when the owner says so.

export const Challenge = z
  .object({
    state: z.enum(['asked', 'passed', 'failed']),
    asked_at: z.iso.datetime(),
    answered_at: z.iso.datetime().nullable(),
    error: z.string().nullable().describe('Why it failed'),
    resumes: z.boolean().describe('Whether the webhook goes on by itself once it has passed'),
  })
  .describe('Whether the URL has answered what it was asked')

export type ShownChallenge = z.output<typeof Challenge>

/** What a URL is asked. It is no event that happens, and nothing to subscribe to. */
export const webhookChallenge = event(
  'webhook.challenge',
  z.object({
    webhook_id: z.string(),
    challenge: z.string().describe('What is to be answered'),
  }),
  {
    description:
      'Asks a new or changed URL whether somebody there wants to be called, before anything is delivered to it. It comes once, called and signed as deliveries to this webhook are. Until it is answered the webhook is `paused`; `POST /webhooks/{id}/challenge` asks again.',
  },
)

const ASK = `update signalbox_webhooks set challenge = $2, challenge_token = $3, paused = 1 where id = $1`
// Where it was asked anew meanwhile, this answer is to another question.
const ANSWER = `update signalbox_webhooks set challenge = $3, challenge_token = null, paused = $4
  where id = $1 and challenge_token = $2`
const WEBHOOK = 'select * from signalbox_webhooks where id = $1 and challenge_token = $2'
const RESUMES = 'update signalbox_webhooks set challenge = $2 where id = $1'

const Asking = z.object({ webhook: z.string(), token: z.string() })
export type ChallengeTask = TaskType<'webhook_challenge', z.input<typeof Asking>>

/** Puts off asking a webhook's URL, and pauses the webhook until it has answered. Answers what is shown of it. */
export async function challenge(
  { sql, later, now }: Pick<Unit, 'sql' | 'later' | 'now'>,
  asking: ChallengeTask,
  random: Random,
  webhook: { readonly id: string; readonly resumes: boolean },
): Promise<ShownChallenge> {
  const token = Buffer.from(random.bytes(24)).toString('base64url')
  const shown: ShownChallenge = {
    state: 'asked',
    asked_at: now.toISOString(),
    answered_at: null,
    error: null,
    resumes: webhook.resumes,
  }
  await sql.run(ASK, webhook.id, JSON.stringify(shown), token)
  await stopLane(sql, webhook.id)
  await later(asking, { webhook: webhook.id, token })
  return shown
}

/** Says whether the webhook is to go on once its URL has passed. */
export async function setResumes(
  sql: Pick<Sql, 'run'>,
  id: string,
  before: ShownChallenge,
  resumes: boolean,
): Promise<ShownChallenge> {
  const shown = { ...before, resumes }
  await sql.run(RESUMES, id, JSON.stringify(shown))
  return shown
}

/** Whether anything may be delivered. */
export const isProven = (shown: ShownChallenge | null): boolean => shown === null || shown.state === 'passed'

/** Asks a URL, and stores what it answered. */
export const challengeTask = (call: CallReceiver, newId: NewId): ChallengeTask =>
  task('webhook_challenge', {
    input: Asking,
    run: async ({ input: { webhook, token }, account, step }) => {
      const asked = await step(async ({ sql, now }) => ({ row: await sql.get(WEBHOOK, webhook, token), now }))
      if (asked.row === undefined) return
      const order = orderOf(asked.row as never)
      const event = {
        id: newId('evt'),
        account: account ?? null,
        type: webhookChallenge.name,
        at: isoTime(asked.now.getTime()),
        data: JSON.stringify({ webhook_id: webhook, challenge: token }),
        before: null,
      }
      const payload = renderEvent(event, order.format, webhookChallenge)
      const about = { eventId: event.id, at: Math.floor(asked.now.getTime() / 1000), traceparent: null }
      const error = faultOf(await call(order, payload, about), token)
      await step(async call => {
        const { sql, now } = call
        await takeLane(sql, webhook)
        const row = await sql.get(WEBHOOK, webhook, token)
        if (row === undefined) return
        const before = JSON.parse(String(row['challenge'])) as ShownChallenge
        const state = error === null ? 'passed' : 'failed'
        const shown = JSON.stringify({ ...before, state, error, answered_at: now.toISOString() })
        const goesOn = error === null && before.resumes
        await sql.run(ANSWER, webhook, token, shown, goesOn ? 0 : 1)
        if (!goesOn) return
        await startLane(sql, webhook, now.getTime())
        deliveriesWritten(call)
      })
    },
  })

/** Why an answer does not pass; null where it does. The text has to be all of it, so that no page which repeats a request passes. */
function faultOf(
  { outcome: { kind, status, body, error } }: Pick<Called, 'outcome'>,
  token: string,
): string | null {
  if (kind !== 'delivered') return `${kind}: ${status ?? error ?? ''}`
  return answers(Buffer.from(body).toString('utf8').trim(), token)
    ? null
    : `the answer (${status}) is not the challenge`
}

function answers(text: string, token: string): boolean {
  if (text === token) return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'challenge' in value && value.challenge === token
  } catch {
    return false
  }
}
