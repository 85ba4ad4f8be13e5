import { NO_STORE } from './answers.ts'
import type { Answer, Request } from './exchange.ts'
import { isRead } from './represent.ts'

type Field = Answer['headers'][number]

/**
 * What caches may do with an answer that does not say so itself: keep what they ask for anew each time, and what was read
 * with a key, the caller's own caches only (RFC 9111 §5.2.2).
 *
 * @param bySession whether the caller is known by a cookie, which is nothing special to caches (§3.5).
 */
export function cachingOf(
  request: Request,
  { headers }: Pick<Answer, 'headers'>,
  bySession: boolean,
): Field | undefined {
  for (const [name] of headers) if (name === 'cache-control') return undefined
  if (bySession) return NO_STORE
  if (!isRead(request)) return undefined
  // A cookie may tell who calls as well as a key does.
  const told = request.header('authorization') ?? request.header('cookie')
  return told === undefined ? FOR_ALL : FOR_ONE
}

const FOR_ALL = ['cache-control', 'no-cache'] as const
const FOR_ONE = ['cache-control', 'private, no-cache'] as const
