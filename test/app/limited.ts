import { api, endpoint } from '../../src/contract/index.ts'

/** Of every account, and how many of them at once. */
export const LIMIT = { requests: 100, per: '1 second', burst: 80 } as const

/** An api whose only endpoint does nothing: a test of its limit is not one of the machine. */
export const limited = api({
  title: 'Limited',
  version: '1',
  limits: { account: LIMIT },
  endpoints: { ping: endpoint({ method: 'GET', path: '/ping', handle: () => undefined }) },
})
