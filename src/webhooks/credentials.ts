import type { Issue } from '../contract/index.ts'
import { type GivenAuthorization, SECRET_OF, type ShownAuthorization } from './authorization.ts'
import type { GivenHeader, ShownHeader } from './headers.ts'
import { type Hidden, NOTHING_HIDDEN } from './hidden.ts'

// What an owner gives for header fields and for authorization is parted into what is shown and what is hidden. A secret that is
// left out of a change is the one that is there, so that what was read can be sent back. It stays where it was given for: a
// webhook that is moved to another origin needs its secrets anew, or whoever may change a webhook could have them sent to
// himself.

/** Of a webhook: what it is, or is to be. */
export interface Credentials {
  readonly url: string
  readonly headers: readonly ShownHeader[]
  readonly authorization: ShownAuthorization | null
  readonly hidden: Hidden
}

/** What is given of them; what is undefined stays. */
export interface GivenCredentials {
  readonly url?: string | undefined
  readonly headers?: readonly GivenHeader[] | undefined
  readonly authorization?: GivenAuthorization | null | undefined
}

export interface Parted {
  readonly headers: ShownHeader[]
  readonly authorization: ShownAuthorization | null
  readonly hidden: Hidden
  readonly issues: readonly Issue[]
}

/** @param before what is there; undefined for a new webhook. */
export function partCredentials(given: GivenCredentials, before: Credentials | undefined): Parted {
  const kept = before?.hidden ?? NOTHING_HIDDEN
  const moved =
    before !== undefined && given.url !== undefined && originOf(given.url) !== originOf(before.url)
  const headers = partHeaders(given.headers ?? before?.headers ?? [], kept, moved)
  const authorization = partAuthorization(given.authorization, before, moved)
  return {
    headers: headers.shown,
    authorization: authorization.shown,
    hidden: { headers: headers.hidden, authorization: authorization.hidden },
    issues: [...headers.issues, ...authorization.issues],
  }
}

const originOf = (url: string): string | undefined => URL.parse(url)?.origin

const MISSING = 'Give the value.'
const MOVED =
  'Give it again: the URL is on another origin, and a secret is for the one that it was given for.'

function partHeaders(given: readonly (GivenHeader | ShownHeader)[], kept: Hidden, moved: boolean) {
  const issues: Issue[] = []
  const hidden = new Map<string, string>()
  const shown = given.map(({ name, value, secret }, i): ShownHeader => {
    const lower = name.toLowerCase()
    const known = secret ? kept.headers.get(lower) : undefined
    const used = value ?? (moved ? undefined : known)
    if (used === undefined)
      issues.push({ path: ['headers', i, 'value'], message: known === undefined ? MISSING : MOVED })
    else if (secret) hidden.set(lower, used)
    return { name, value: secret ? null : (used ?? null), secret }
  })
  return { shown, hidden, issues }
}

interface PartedAuthorization {
  readonly shown: ShownAuthorization | null
  readonly hidden: string | null
  readonly issues: readonly Issue[]
}

function partAuthorization(
  given: GivenAuthorization | null | undefined,
  before: Credentials | undefined,
  moved: boolean,
): PartedAuthorization {
  const was = before?.authorization ?? null
  const whole: GivenAuthorization | null = given === undefined ? was : given
  if (whole === null) return { shown: null, hidden: null, issues: [] }
  const { password, token, client_secret, ...shown } = whole
  const member = SECRET_OF[whole.type]
  const known = was?.type === whole.type ? (before?.hidden.authorization ?? undefined) : undefined
  // A client's secret goes to the token endpoint, and the token that it brings to the webhook.
  const away = moved || originOf(whole.token_url ?? '') !== originOf(was?.token_url ?? '')
  const used = { password, token, client_secret }[member] ?? (away ? undefined : known)
  if (used !== undefined) return { shown, hidden: used, issues: [] }
  const issue = { path: ['authorization', member], message: known === undefined ? MISSING : MOVED }
  return { shown, hidden: null, issues: [issue] }
}
