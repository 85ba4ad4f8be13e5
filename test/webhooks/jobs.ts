import type { Claimed } from '../../src/webhooks/claimed.ts'

/** A claimed delivery, each of another webhook where `rest` does not say whose. */
export const job = (id: string, rest: Partial<Claimed> = {}): Claimed => ({
  id,
  fence: 1,
  leaseEnds: 30_000,
  dueAt: 0,
  webhook: `whk_${id}`,
  account: 'acc_1',
  eventId: `evt_${id}`,
  attempts: 0,
  order: {
    url: 'http://127.0.0.1/',
    method: 'POST',
    format: 'json',
    signature: 'standard',
    secret: 'whsec_',
    previous: null,
    headers: [],
    authorization: null,
    hidden: null,
  },
  payload: { body: '{}' },
  eventType: 'thing.happened',
  orderKey: null,
  traceparent: null,
  slow: false,
  probe: false,
  concurrency: 4,
  awaited: false,
  ...rest,
})
