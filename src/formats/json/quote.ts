/**
 * V8 searches a class of up to 16 characters with vector instructions, a dozen times faster than a larger one. Three
 * such searches and one for lone surrogates take a fifth of the time of JSON.stringify on 400 characters.
 */
const QUOTE_OR_BACKSLASH = /["\\]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them (RFC 8259 §7), so they are looked for.
const LOW_CONTROL = /[\0-\x0f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const HIGH_CONTROL = /[\x10-\x1f]/
/** Up to here a loop is faster than four searches. Measured on Node 24. */
const SHORT = 24

/** The inside of a JSON string (RFC 8259 §7). Lone surrogates are escaped, as JSON.stringify does. */
export function escapeJson(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text).slice(1, -1)
}

function isPlain(text: string): boolean {
  if (text.length > SHORT) {
    return (
      !QUOTE_OR_BACKSLASH.test(text) &&
      !LOW_CONTROL.test(text) &&
      !HIGH_CONTROL.test(text) &&
      text.isWellFormed()
    )
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code & 0xf800) === 0xd800) return false
  }
  return true
}
