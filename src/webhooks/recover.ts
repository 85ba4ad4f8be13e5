import * as z from 'zod'
import { earliestId } from '../base/index.ts'
import { endpoint } from '../contract/index.ts'
import { deliveriesWritten } from '../unit/index.ts'
import { Operation, operations, ownOperation, startedOperation } from '../work/index.ts'
import { deliveries } from './deliveries.ts'
import { lookAtLane, takeLane } from './lanes.ts'
import { INTO_ORDERED, releaseFirst } from './order.ts'
import { INTO_QUEUE } from './queue.ts'
import { spanFields, spanOf } from './span.ts'

// Retries all that failed: in slices along the index of the webhook's deliveries, each a unit of its own, so that a
// million of them hold up nobody and a run that dies goes on behind the last slice.

/** Deliveries looked at in one unit. */
const SLICE = 500

const OWN = 'select paused, state from signalbox_webhooks where id = $1 and account_id = $2'
const LAST = `select max(id) as last from (select id from signalbox_deliveries
  where webhook_id = $1 and id > $2 and id < $3 order by id limit ${SLICE}) as slice`
const FAILED = `webhook_id = $1 and id > $2 and id <= $3 and state = 'failed'`
const ENQUEUE = `${INTO_QUEUE}
  select webhook_id, 0, cast($4 as bigint), id, 0 from signalbox_deliveries where ${FAILED} and order_key is null`
/** Of an order key only one may be due. */
const ORDER = `${INTO_ORDERED}
  select webhook_id, order_key, place, id, 0 from signalbox_deliveries where ${FAILED} and order_key is not null`
const RECOVER = `update signalbox_deliveries set state = 'pending', settled_at = null,
  next_attempt_at = case when order_key is null then $4 end where ${FAILED}`

const Memory = z.object({ id: z.string(), recovered: z.int() })

export const recovery = ownOperation('recover_deliveries', {
  input: z.object({ webhook_id: z.string(), since: z.string(), until: z.string() }),
  output: z.object({ recovered: z.int().describe('Deliveries that are sent again') }),
  problems: { 'webhook-deleted': 409 },
  memory: Memory,
  run: async ({ input, account, remembered, step }) => {
    const idAt = (time: string): string => earliestId(deliveries.prefix, Date.parse(time))
    let at = remembered ?? { id: idAt(input.since), recovered: 0 }
    const before = earliestId(deliveries.prefix, Date.parse(input.until) + 1)
    for (;;) {
      const next = await step(async call => {
        const { sql, now, fail, remember, progress } = call
        if ((await sql.get(OWN, input.webhook_id, account)) === undefined) fail('webhook-deleted')
        const slice = await sql.get(LAST, input.webhook_id, at.id, before)
        const last = slice?.['last']
        if (typeof last !== 'string') return undefined
        const some = [input.webhook_id, at.id, last] as const
        await takeLane(sql, input.webhook_id)
        await sql.run(ENQUEUE, ...some, now.getTime())
        const ordered = await sql.run(ORDER, ...some)
        const changed = await sql.run(RECOVER, ...some, now.toISOString())
        if (ordered > 0) await releaseFirst(sql, input.webhook_id, now.getTime())
        if (changed > 0) {
          await lookAtLane(sql, input.webhook_id, now.getTime())
          deliveriesWritten(call)
        }
        const reached = { id: last, recovered: at.recovered + changed }
        remember(reached)
        progress({ done: reached.recovered, total: null })
        return reached
      })
      if (next === undefined) return { recovered: at.recovered }
      at = next
    }
  },
})

export const recoverWebhook = endpoint({
  method: 'POST',
  path: '/webhooks/{id}/recover',
  input: z.object(spanFields),
  output: Operation,
  status: 202,
  location: started => `${operations.path}/${started.id}`,
  problems: { 'not-found': 404, 'webhook-paused': 409, 'webhook-disabled': 409 },
  summary: 'Send all failed deliveries of a webhook again',
  description: `Those that were made since a time and have failed. The operation that does it ends with how many there were. Each has
the same \`webhook-id\` as before.`,
  names: { input: 'WebhookRecovery', output: 'Operation' },
  audit: 'webhook.recovered',
  storesInput: true,
  waits: true,
  handle: async ({ on, params, sql, account, input, now, start, fail }) => {
    const webhook = (await sql.get(OWN, params.id, account)) ?? fail('not-found')
    if (Number(webhook['paused']) !== 0)
      fail('webhook-paused', 'Nothing is sent to it. Set paused to false first.')
    if (webhook['state'] === 'disabled') fail('webhook-disabled', 'Nothing is sent to it. Enable it first.')
    const id = await start(recovery, { webhook_id: params.id, ...spanOf(input, now) })
    return startedOperation(on, id)
  },
})
