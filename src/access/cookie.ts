/** Of a request, what tells who sends it. */
export interface Credentialed {
  readonly method: string
  /** The value of a field by its name in lower case. */
  header(name: string): string | undefined
}

/** The cookie that holds a session's token. */
export interface SessionCookie {
  readonly name: string
  readonly attributes: string
}

/**
 * For a server that browsers find at `publicUrl`. Over https nobody but this host can set a cookie of this name
 * (RFC 6265bis §4.1.3.2), and no other is looked at: a neighbouring subdomain cannot sign somebody in as another account.
 *
 * @throws Error where `publicUrl` is no address.
 */
export function sessionCookie(publicUrl: string | undefined): SessionCookie {
  const scheme = publicUrl === undefined ? 'http' : /^(https?):\/\/./i.exec(publicUrl)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    throw new Error(`publicUrl is '${publicUrl}': give it whole, such as https://api.example.com`)
  }
  return scheme === 'https'
    ? { name: '__Host-signalbox', attributes: `${ATTRIBUTES}; Secure` }
    : { name: 'signalbox', attributes: ATTRIBUTES }
}

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict'

/** A Set-Cookie field. `seconds` 0 takes the cookie away. */
export const cookieField = ({ name, attributes }: SessionCookie, token: string, seconds: number): string =>
  `${name}=${token}; Max-Age=${seconds}; ${attributes}`

/**
 * The session's token that a page of this origin sends along. Undefined where another page has the browser send it, and
 * where the cookie comes twice: nobody can tell which of them is meant.
 */
export function cookieValue(request: Credentialed, { name }: SessionCookie): string | undefined {
  const field = request.header('cookie')
  if (field === undefined) return undefined
  const start = `${name}=`
  const [found, another] = field
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(start))
  if (found === undefined || another !== undefined || !isSameOrigin(request)) return undefined
  return found.slice(start.length)
}

/**
 * Whether a page of this origin sends the request, by what browsers say and pages cannot change: `Sec-Fetch-Site` (Fetch
 * Metadata §2.3), and from browsers without it, or over plain http, `Origin` (RFC 6454 §7). A safe request may also be
 * typed in, and may lack both: nothing follows from it, and what it answers no other origin can read.
 */
export function isSameOrigin(request: Credentialed): boolean {
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  const site = request.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || (isSafe && site === 'none')
  const origin = request.header('origin')
  if (origin === undefined) return isSafe
  const host = request.header('host')
  return origin === `https://${host}` || origin === `http://${host}`
}
