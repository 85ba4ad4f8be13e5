const SP = 0x20
const HTAB = 0x09
const DQUOTE = 0x22
const BACKSLASH = 0x5c
const DEL = 0x7f

/** By character code: whether it is a tchar (RFC 9110 §5.6.2). */
const isTchar: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)),
)

/** The index after the token that starts at `from`; `from` itself where none does (RFC 9110 §5.6.2). */
export function tokenEnd(text: string, from: number): number {
  let at = from
  while (isTchar[text.charCodeAt(at)] === true) at++
  return at
}

/** The index after optional whitespace (RFC 9110 §5.6.3). */
export function skipOws(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === SP || text.charCodeAt(at) === HTAB) at++
  return at
}

/** The index after the quoted-string that starts at `from`; -1 where it is malformed (RFC 9110 §5.6.4). */
export function quotedEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code === DQUOTE) return at + 1
    if (code === BACKSLASH) code = text.charCodeAt(++at)
    // Past the end the code is NaN, which no comparison admits.
    if (code !== HTAB && !(code >= SP && code !== DEL)) return -1
  }
  return -1
}

/** What a well-formed quoted-string means: each quoted pair is its second character. */
export const unquote = (quoted: string): string => quoted.slice(1, -1).replace(/\\(.)/gs, '$1')
