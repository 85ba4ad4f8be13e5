import { quotedEnd, skipOws, tokenEnd, unquote } from './scan.ts'

export interface MediaType {
  /** `application/json`: type and subtype, in lower case. */
  readonly essence: string
  /** Names in lower case, values as sent, without their quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()

/**
 * Reads `type/subtype; name=value` (RFC 9110 §8.3.1). Media ranges are read as well, since `*` is a token character.
 * Undefined where it is malformed; a doubled parameter counts as that, because two readers could pick different ones.
 */
export function parseMediaType(text: string): MediaType | undefined {
  const start = skipOws(text, 0)
  const slash = tokenEnd(text, start)
  if (slash === start || text[slash] !== '/') return undefined
  const end = tokenEnd(text, slash + 1)
  if (end === slash + 1) return undefined
  const parameters = parseParameters(text, end)
  return parameters && { essence: text.slice(start, end).toLowerCase(), parameters }
}

/** The charset in lower case (RFC 9110 §8.3.2). */
export const charsetOf = (mediaType: MediaType): string | undefined =>
  mediaType.parameters.get('charset')?.toLowerCase()

/**
 * `*( OWS ";" OWS [ parameter ] )` up to the end of the text (RFC 9110 §5.6.6).
 *
 * @param meaning what a quoted-string means, its quotes included.
 */
export function parseParameters(
  text: string,
  from: number,
  meaning: (quoted: string) => string = unquote,
): ReadonlyMap<string, string> | undefined {
  let at = skipOws(text, from)
  if (at === text.length) return NO_PARAMETERS
  const parameters = new Map<string, string>()
  while (at < text.length) {
    if (text[at] !== ';') return undefined
    const start = skipOws(text, at + 1)
    const equals = tokenEnd(text, start)
    if (equals === start) {
      at = start
      continue
    }
    if (text[equals] !== '=') return undefined
    const quoted = text[equals + 1] === '"'
    const end = quoted ? quotedEnd(text, equals + 1) : tokenEnd(text, equals + 1)
    if (end <= equals + 1) return undefined
    const name = text.slice(start, equals).toLowerCase()
    if (parameters.has(name)) return undefined
    const value = text.slice(equals + 1, end)
    parameters.set(name, quoted ? meaning(value) : value)
    at = skipOws(text, end)
  }
  return parameters
}
