import { decodeUtf8 } from '../utf8.ts'
import { MalformedMultipart } from './malformed.ts'

/** What a part's header section says, of what counts in multipart/form-data (RFC 7578 §4.8). */
export interface PartHeaders {
  readonly disposition: string | undefined
  readonly contentType: string | undefined
}

const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)$/
/** A lone CR or LF among them would end the line to some readers. */
const CONTROL = /[^\P{Cc}\t]/u

/** Names of files come as UTF-8 (RFC 7578 §5.1). @throws MalformedMultipart */
export function readHeaders(section: Uint8Array): PartHeaders {
  const text = decodeUtf8(section)
  if (typeof text !== 'string') throw new MalformedMultipart('The header section of a part is not UTF-8.')
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const [, name = '', value = ''] = LINE.exec(line) ?? []
    if (name === '' || CONTROL.test(line))
      throw new MalformedMultipart('A part has a header field that is malformed.')
    // Two readers could take another of them each.
    if (fields.has(name.toLowerCase())) throw new MalformedMultipart(`A part has two ${name} fields.`)
    fields.set(name.toLowerCase(), value.trimEnd())
  }
  return {
    disposition: fields.get('content-disposition'),
    contentType: fields.get('content-type')?.toLowerCase(),
  }
}
