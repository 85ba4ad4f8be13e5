import {
  addressOf,
  createLimiter,
  createSharedLimiter,
  type Decision,
  type Limiter,
  neighbourhood,
  type QuotaCounter,
  type Use,
} from '../access/index.ts'
import type { Clock } from '../base/index.ts'
import { type Api, type Caller, type Limit, type Rate, type Route, rateOf } from '../contract/index.ts'
import { type Problem, problem, retryAfter } from '../http/index.ts'
import type { Store } from '../store/index.ts'
import type { Request } from './exchange.ts'

/** The limits of an api at work. */
export interface ApiLimiter {
  /** Counts a request that may be served, by its caller; without one, by its address. */
  admit(route: Route, caller: Caller | undefined, request: Request): Decision | Promise<Decision>
  /** Counts a wrong key or sign-in link. The problem in its place, where there were too many from there. */
  wrongKey(request: Request): Promise<Problem | undefined>
  /** Where a request comes from; undefined where nobody knows. */
  addressOf(request: Request): string | undefined
  /** By what callers are told apart whom nobody knows: their address, or its network. */
  placeOf(request: Request): string
}

export interface LimiterOptions {
  /** How many proxies stand in front. */
  readonly proxies: number
  /** How many processes count together in `store`; 1 counts in its memory. */
  readonly processes: number
  readonly store: Store
  readonly clock: Clock
  readonly quota: QuotaCounter | undefined
}

export function createApiLimiter(
  { title, limits }: Pick<Api, 'title' | 'limits'>,
  routes: readonly Route[],
  { proxies, processes, store, clock, quota }: LimiterOptions,
): ApiLimiter {
  const isShared = processes > 1
  const limiter: Limiter = isShared ? createSharedLimiter(store, processes, clock) : createLimiter()
  // Processes have the wall clock in common; of one, the monotonic clock is not set back.
  const time = (): number => (isShared ? clock.now() : clock.elapsed())
  const place = `api '${title}'`
  const rate = (limit: Limit | null | undefined): Rate | undefined =>
    limit ? rateOf(limit, place) : undefined
  const [byAccount, byKey, wrongKeys] = [rate(limits.account), rate(limits.key), rate(limits.wrongKeys)]
  const own = new Map(
    routes.flatMap(route => (route.endpoint.limit ? [[route, rateOf(route.endpoint.limit, place)]] : [])),
  )
  const from = (request: Request): string => neighbourhood(addressOf(request, proxies))
  const withQuota = async (
    counter: QuotaCounter,
    account: string,
    { standings }: Decision,
  ): Promise<Decision> => {
    const { waitMs, standing } = await counter.take(account, clock.now())
    return { waitMs, standings: [...standings, standing] }
  }
  return {
    admit(route, caller, request) {
      const uses: Use[] = []
      if (byAccount !== undefined && caller !== undefined)
        uses.push({ name: 'account', rate: byAccount, subject: caller.account })
      if (byKey !== undefined && caller?.key != null)
        uses.push({ name: 'key', rate: byKey, subject: caller.key })
      const ofRoute = own.get(route)
      if (ofRoute !== undefined)
        uses.push({ name: route.name, rate: ofRoute, subject: caller?.account ?? from(request) })
      const decision = limiter(uses, time())
      if (quota === undefined || caller === undefined) return decision
      const { account } = caller
      const thenQuota = (decided: Decision): Decision | Promise<Decision> =>
        decided.waitMs > 0 ? decided : withQuota(quota, account, decided)
      return decision instanceof Promise ? decision.then(thenQuota) : thenQuota(decision)
    },
    async wrongKey(request) {
      if (wrongKeys === undefined) return undefined
      const use = { name: 'wrong-keys', rate: wrongKeys, subject: from(request) }
      const { waitMs } = await limiter([use], time())
      return waitMs === 0 ? undefined : rateLimited(waitMs)
    },
    addressOf: request => addressOf(request, proxies),
    placeOf: from,
  }
}

export const rateLimited = (waitMs: number): Problem =>
  problem('rate-limited', {
    detail: `Wait ${retryAfter(waitMs)} s.`,
    headers: { 'retry-after': retryAfter(waitMs) },
  })
