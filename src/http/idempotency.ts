import { sha256 } from '../base/index.ts'

/** A key, or why the field has none: a sentence for the caller. */
export type ParsedIdempotencyKey =
  | { readonly key: string }
  | { readonly key: undefined; readonly detail: string }

const MAX_LENGTH = 255

/**
 * Reads an Idempotency-Key field; undefined where there is none. The key has 1 to 255 characters.
 *
 * The field is a Structured Field string, `"abc"` (draft-ietf-httpapi-idempotency-key-header §2.1), but most clients of
 * today send the bare `abc`: both are the same key. A list is refused, since two fields arrive joined by a comma.
 */
export function parseIdempotencyKey(value: string | undefined): ParsedIdempotencyKey | undefined {
  if (value === undefined) return undefined
  const key = value.startsWith('"') ? parseString(value) : parseBare(value)
  if (key === undefined) return { key: undefined, detail: MALFORMED }
  if (key.length === 0) return { key: undefined, detail: 'The Idempotency-Key is empty.' }
  if (key.length > MAX_LENGTH) {
    return {
      key: undefined,
      detail: `The Idempotency-Key has ${key.length} characters; at most ${MAX_LENGTH} are allowed.`,
    }
  }
  return { key }
}

const MALFORMED =
  'The Idempotency-Key is neither one quoted string nor one run of visible ASCII characters without quotes and commas.'

/** sf-string: printable ASCII, in which only `"` and `\` are escaped (RFC 9651 §3.3.3). No parameters are defined for it. */
const parseString = (text: string): string | undefined =>
  /^"(?:[ !#-[\]-~]|\\["\\])*"$/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : undefined

/** Visible ASCII but for `"` and `,`. */
const parseBare = (text: string): string | undefined => (/^[!#-+\--~]*$/.test(text) ? text : undefined)

/** What makes two requests the same request. */
export interface FingerprintParts {
  readonly method: string
  /** Path and query, as sent. */
  readonly target: string
  readonly contentType: string | undefined
  readonly accept?: string | undefined
  /** The version of the api that answers. */
  readonly version: string
  readonly body: Uint8Array
}

/** SHA-256 in base64url over all of the parts. Each text carries its length, so no two requests share their bytes. */
export function fingerprint({
  method,
  target,
  contentType,
  accept,
  version,
  body,
}: FingerprintParts): string {
  const head = [method, target, contentType, accept, version].map(netstring).join('')
  return sha256(Buffer.concat([Buffer.from(head), body]))
}

/** `5:hello`, and `-` for what is absent, which is not the same as empty. */
const netstring = (text: string | undefined): string =>
  text === undefined ? '-' : `${Buffer.byteLength(text)}:${text}`
