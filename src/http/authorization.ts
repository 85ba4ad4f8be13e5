import { isUtf8 } from 'node:buffer'

export type Credentials =
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }

/**
 * Reads an Authorization field (RFC 9110 §11.6.2). Undefined where it is absent, malformed, or of another scheme: to the
 * caller all three are "no credentials".
 */
export function parseAuthorization(header: string | undefined): Credentials | undefined {
  if (header === undefined) return undefined
  const space = header.indexOf(' ')
  if (space === -1) return undefined
  let start = space + 1
  while (header[start] === ' ') start++
  // Schemes are case-insensitive (RFC 9110 §11.1).
  switch (header.slice(0, space).toLowerCase()) {
    case 'bearer':
      return parseBearer(header.slice(start))
    case 'basic':
      return parseBasic(header.slice(start))
    default:
      return undefined
  }
}

/** b64token (RFC 6750 §2.1). The two classes share no character, so a mismatch is found in linear time. */
const B64_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

const parseBearer = (token: string): Credentials | undefined =>
  B64_TOKEN.test(token) ? { scheme: 'bearer', token } : undefined

/** RFC 7617 §2, in UTF-8 (§2.1). The user cannot contain a colon, the password can; neither has control characters. */
function parseBasic(base64: string): Credentials | undefined {
  const bytes = Buffer.from(base64, 'base64')
  // The decoder skips what is not base64; only the canonical spelling comes out the same again.
  if (bytes.toString('base64') !== base64 || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1 || /\p{Cc}/u.test(text)) return undefined
  return { scheme: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) }
}
