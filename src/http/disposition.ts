import { parseParameters } from './media-type.ts'
import { skipOws, tokenEnd } from './scan.ts'

/** What a part of multipart/form-data says of itself (RFC 7578 §4.2). */
export interface PartDisposition {
  readonly name: string
  /** Undefined where it is a field. */
  readonly filename: string | undefined
}

/** Reads a part's Content-Disposition; undefined where it is malformed, of another type or without a name. */
export function parsePartDisposition(field: string): PartDisposition | undefined {
  const start = skipOws(field, 0)
  const end = tokenEnd(field, start)
  if (field.slice(start, end).toLowerCase() !== 'form-data') return undefined
  const parameters = parseParameters(field, end, unescaped)
  const name = parameters?.get('name')
  return parameters && name !== undefined ? { name, filename: parameters.get('filename') } : undefined
}

/**
 * Browsers write a quote as %22 and line ends as %0D and %0A, and leave a backslash as it is (HTML §4.10.21.8); others
 * escape by RFC 9110 §5.6.4. What means the same to both is undone.
 */
const unescaped = (quoted: string): string =>
  quoted
    .slice(1, -1)
    .replace(/\\(["\\])/g, '$1')
    .replace(/%(22|0D|0A)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** Names longer than this are no names of files anywhere. In characters. */
const NAME_LENGTH = 120

/**
 * The name of a file as it may be stored and shown: without folders, without what cannot be seen or turns around how the
 * rest is read (Unicode's category C), and not hidden. Empty where nothing is left.
 */
export function cleanFilename(given: string): string {
  const [name = ''] = given.split(/[/\\]/).slice(-1)
  const visible = Array.from(name.replace(/\p{C}/gu, '').replace(/^[.\s]+|[.\s]+$/g, ''))
  if (visible.length <= NAME_LENGTH) return visible.join('')
  const [extension = ''] = /\.[A-Za-z0-9]{1,10}$/.exec(name) ?? []
  return visible.slice(0, NAME_LENGTH - extension.length).join('') + extension
}

/**
 * `attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf` (RFC 6266 §4, Appendix D): the first for who
 * does not know the second.
 */
export function attachmentValue(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["%\\]/gu, '_')
  const value = `attachment; filename="${plain}"`
  return plain === filename ? value : `${value}; filename*=UTF-8''${extended(filename)}`
}

/** Only attr-chars stand as they are (RFC 8187 §3.2.1). */
const extended = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
