/** Pages of which origins may call the api out of a browser, and read what it answers. */
export interface CorsPolicy {
  /** Exact origins, `https://app.example.com`, or `'*'` for all of them. */
  readonly origins: '*' | readonly string[]
  /** How long a browser may remember what it was told of a path. Default: 600. */
  readonly maxAgeSeconds?: number
}

type Field = readonly [name: string, value: string]

/** What scripts may send besides what browsers always let them (Fetch §4.10). `*` would leave out Authorization. */
const ALLOWED_FIELDS =
  'accept, api-mode, authorization, content-type, idempotency-key, if-match, if-modified-since, if-none-match, if-unmodified-since, last-event-id, prefer'

/** What scripts may read besides what browsers always show them. */
const EXPOSED_FIELDS =
  'accept-query, allow, etag, idempotent-replayed, link, location, preference-applied, ratelimit, ratelimit-policy, request-id, retry-after, www-authenticate'

/**
 * The fields of an answer to a page of `origin` (Fetch §3.3). Credentials of the browser's own are never allowed: what is
 * sent is a key that the page itself knows.
 */
export function corsFields({ origins }: CorsPolicy, origin: string | undefined): readonly Field[] {
  if (origins === '*') return [['access-control-allow-origin', '*'], EXPOSE]
  // What one page may read, another may not: a cache must know (RFC 9110 §12.5.5), also of answers without these fields.
  if (origin === undefined || !origins.includes(origin)) return [VARY]
  return [['access-control-allow-origin', origin], EXPOSE, VARY]
}

const EXPOSE: Field = ['access-control-expose-headers', EXPOSED_FIELDS]
const VARY: Field = ['vary', 'origin']

/** What a preflight is told besides, where its origin is allowed. @param allow the methods of the path. */
export const preflightFields = ({ maxAgeSeconds = 600 }: CorsPolicy, allow: string): readonly Field[] => [
  ['access-control-allow-methods', allow],
  ['access-control-allow-headers', ALLOWED_FIELDS],
  ['access-control-max-age', String(maxAgeSeconds)],
]

/** Why the policy cannot be meant so; undefined where it can. */
export function corsFault({ origins, maxAgeSeconds = 0 }: CorsPolicy): string | undefined {
  if (!Number.isInteger(maxAgeSeconds) || maxAgeSeconds < 0) return 'maxAgeSeconds is no number of seconds'
  if (origins === '*') return undefined
  if (typeof origins?.find !== 'function')
    return "it names no origins: write { origins: ['https://app.example.com'] }"
  const wrong = origins.find(origin => !/^https?:\/\/[^*]+$/.test(origin) || originOf(origin) !== origin)
  if (wrong === undefined) return undefined
  const meant = originOf(wrong)
  return `'${wrong}' is not an origin: write ${meant === undefined || meant === 'null' ? "'https://app.example.com'" : `'${meant}'`}, or origins: '*' for all`
}

const originOf = (text: string): string | undefined => URL.parse(text)?.origin
