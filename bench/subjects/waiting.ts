import type { Sql } from '../../src/contract/index.ts'
import { SECRET } from './signing.ts'

const WEBHOOKS = 100
const PART = 10_000

/** So many deliveries that are due, at 100 webhooks of one account that are called at `url`. */
export async function fillQueue(
  unit: (work: (tx: Pick<Sql, 'run'>) => Promise<void>) => Promise<unknown>,
  waiting: number,
  url: string,
): Promise<void> {
  const at = new Date(0).toISOString()
  await unit(async tx => {
    await tx.run(
      `insert into signalbox_accounts (id, name, mode, created_at) values ('acc_1', 'bench', 'live', $1)`,
      at,
    )
    for (let i = 0; i < WEBHOOKS; i++) {
      await tx.run(
        `insert into signalbox_webhooks (id, account_id, url, events, method, format, signature, paused, concurrency, state,
        metadata, headers, secret, sealed_by, created_at)
       values ($1, 'acc_1', $4, '[]', 'POST', 'json', 'standard', 0, 8, 'active', '{}', '[]', $2, 'none', $3)`,
        `whk_${i}`,
        SECRET,
        at,
        url,
      )
      await tx.run(
        `insert into signalbox_lanes (webhook_id, ready_at, held, stopped, slow, answering, rate_at, window_attempts,
        window_failures, probes) values ($1, 0, 0, 0, 0, 1, 0, 0, 0, 0)`,
        `whk_${i}`,
      )
    }
  })
  for (let from = 0; from < waiting; from += PART) {
    await unit(async tx => {
      const count = Math.min(PART, waiting - from)
      await tx.run(
        `with recursive n (i) as (select cast($1 as integer) union all select i + 1 from n where i + 1 < $2)
       insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count,
         created_at, next_attempt_at)
       select 'dlv_' || (1000000000 + i), 'acc_1', 'whk_' || (i % ${WEBHOOKS}), 'evt_' || (1000000000 + i), 'thing.happened',
         'json', 'pending', 0, $3, $3 from n`,
        from,
        from + count,
        at,
      )
      await tx.run(
        `with recursive n (i) as (select cast($1 as integer) union all select i + 1 from n where i + 1 < $2)
       insert into signalbox_queue (webhook_id, sending, due_at, delivery_id, fence)
       select 'whk_' || (i % ${WEBHOOKS}), 0, i, 'dlv_' || (1000000000 + i), 0 from n`,
        from,
        from + count,
      )
      await tx.run(
        `with recursive n (i) as (select cast($1 as integer) union all select i + 1 from n where i + 1 < $2)
       insert into signalbox_payloads (event_id, format, body) select 'evt_' || (1000000000 + i), 'json', '{"id":1}' from n`,
        from,
        from + count,
      )
    })
  }
}
