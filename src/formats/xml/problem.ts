import { escapeText } from './characters.ts'
import { encodeName } from './names.ts'

/**
 * A problem as XML (RFC 9457 Appendix B, RFC 7807 Appendix A): members are elements, items are elements called `i`.
 * Members that are null or undefined are left out, since the format has no form for them. Media type
 * `application/problem+xml`.
 */
export function writeProblemXml(body: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<problem xmlns="urn:ietf:rfc:7807">${inside(body)}</problem>`
}

function inside(value: unknown): string {
  if (typeof value !== 'object' || value === null) return carried(String(value))
  const items = Array.isArray(value)
  return Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .map(([name, member]) => element(items ? 'i' : encodeName(name), member))
    .join('')
}

const element = (name: string, value: unknown): string => `<${name}>${inside(value)}</${name}>`

/** A problem is told in any case: what XML cannot carry is replaced (U+FFFD). */
const carried = (text: string): string => escapeText(text) ?? Array.from(text, replaced).join('')

const replaced = (character: string): string => escapeText(character) ?? '\ufffd'
