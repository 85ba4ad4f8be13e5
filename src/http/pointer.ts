/**
 * A JSON Pointer as a URI fragment: `['tags', 0]` is `#/tags/0` (RFC 6901 §3 and §6), which is how RFC 9457 §3 points at
 * the member of a body that is wrong.
 */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  `#${path.map(key => `/${encodeURIComponent(escapeKey(String(key)))}`).join('')}`

const escapeKey = (key: string): string => key.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')

/** The names in a JSON Pointer as text, `/tags/0`; undefined where it is none (RFC 6901 §3). */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined
  return text
    .slice(1)
    .split('/')
    .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}
