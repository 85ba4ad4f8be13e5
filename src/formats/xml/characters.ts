/** White space of XML (XML 1.0 §2.3 [3]), once line ends are one character. */
export const isBlank = (text: string): boolean => !/[^ \t\n\r]/.test(text)

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d

/** Without the white space at its ends. A regular expression for the end would try each space in between, again and again. */
export function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

// V8 searches a class of up to 16 characters with vector instructions: four searches are faster than one.
const MARKUP = /[&<>\r]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot carry them (XML 1.0 §2.2), so they are looked for.
const LOW_CONTROL = /[\0-\x08\x0b\x0c\x0e\x0f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const HIGH_CONTROL = /[\x10-\x1f]/
const NONCHARACTER = /[\ufffe\uffff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const REFUSED = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u
/** Up to here a loop is faster than five searches. Measured on Node 24. */
const SHORT = 24

/** The index of the first character that XML 1.0 cannot carry (§2.2 [2]), -1 where there is none. */
export function refusedAt(text: string): number {
  const carried =
    !LOW_CONTROL.test(text) && !HIGH_CONTROL.test(text) && !NONCHARACTER.test(text) && text.isWellFormed()
  return carried ? -1 : text.search(REFUSED)
}

/** XML 1.0 §2.2 [2]. */
export const isCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff)

/** Text as it stands between tags. Undefined where XML cannot carry it. A carriage return would be read as a line end. */
export function escapeText(text: string): string | undefined {
  if (text.length <= SHORT && isPlain(text)) return text
  if (refusedAt(text) !== -1) return undefined
  if (!MARKUP.test(text)) return text
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

/** Text as it stands in an attribute, whose white space would be read as spaces (§3.3.3). */
export function escapeAttribute(text: string): string | undefined {
  return escapeText(text)?.replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;')
}

/** Text as a CDATA section (§2.7), which cannot say a carriage return. */
export function cdata(text: string): string | undefined {
  if (text === '' || text.includes('\r')) return escapeText(text)
  return refusedAt(text) === -1 ? `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>` : undefined
}

/** Letters, digits and most marks of ASCII, which need nothing. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code > 0x7e || code === 0x26 || code === 0x3c || code === 0x3e) return false
  }
  return true
}
