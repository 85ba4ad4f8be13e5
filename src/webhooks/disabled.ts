import * as z from 'zod'
import { isoTime, type UnixMs } from '../base/index.ts'
import { event } from '../contract/index.ts'
import type { Tx } from '../store/index.ts'
import type { Environment } from '../unit/index.ts'
import type { Disabled } from './breaker.ts'
import type { Claimed } from './claimed.ts'
import { stopLane } from './lanes.ts'

export const STATES = ['active', 'failing', 'disabled'] as const
export const DISABLED_BECAUSE = ['gone', 'failing'] as const satisfies readonly Disabled[]

/** What the other webhooks of an account are told when one of its own is disabled. */
export const webhookDisabled = event(
  'webhook.disabled',
  z.object({
    id: z.string().describe("The webhook's"),
    because: z
      .enum(DISABLED_BECAUSE)
      .describe('`gone`: its receiver answered 410. `failing`: all attempts of five days have failed'),
    disabled_at: z.iso.datetime(),
  }),
  { description: 'A webhook is no longer called. What it is owed waits until it is enabled again.' },
)

const DISABLE = `update signalbox_webhooks set state = 'disabled', disabled_at = $2, disabled_because = $3
  where id = $1 and state <> 'disabled'`
const RECORD = `insert into signalbox_events (id, account_id, type, created_at, data, before, dispatched)
  values ($1, $2, $3, $4, $5, null, 0)`

/** Stops sending to a webhook, and tells its account. Answers how many events it recorded. */
export async function disableWebhook(
  tx: Tx,
  env: Environment,
  { webhook, account }: Pick<Claimed, 'webhook' | 'account'>,
  because: Disabled,
  now: UnixMs,
): Promise<number> {
  const at = isoTime(now)
  if ((await tx.run(DISABLE, webhook, at, because)) === 0) return 0
  await stopLane(tx, webhook)
  const write = env.eventWriters.get(webhookDisabled) ?? JSON.stringify
  const data = write({ id: webhook, because, disabled_at: at })
  await tx.run(RECORD, env.newId('evt'), account, webhookDisabled.name, at, data)
  return 1
}

const SET_STATE = `update signalbox_webhooks set state = $2 where id = $1 and state <> 'disabled'`

export const setState = (tx: Tx, webhook: string, state: 'active' | 'failing'): Promise<number> =>
  tx.run(SET_STATE, webhook, state)
