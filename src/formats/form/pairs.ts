/** One name with its text, as a query string or a form gives it. */
export interface Pair {
  /** Where it begins. */
  readonly at: number
  /** Before it is decoded. */
  readonly rawName: string
  /** These two are undefined where they are not percent-encoded UTF-8. */
  readonly name: string | undefined
  readonly text: string | undefined
}

/** Splits application/x-www-form-urlencoded (URL Standard §5.1). Strict, where the Standard mends what it cannot decode. */
export function* formPairs(form: string): Generator<Pair> {
  for (let at = 0; at < form.length; ) {
    const next = form.indexOf('&', at)
    const end = next === -1 ? form.length : next
    if (end > at) yield pairOf(form.slice(at, end), at)
    at = end + 1
  }
}

function pairOf(pair: string, at: number): Pair {
  const equals = pair.indexOf('=')
  const rawName = equals === -1 ? pair : pair.slice(0, equals)
  return { at, rawName, name: decode(rawName), text: equals === -1 ? '' : decode(pair.slice(equals + 1)) }
}

/** A plus is a space. Undefined where the bytes are not UTF-8 or a percent begins no byte. */
function decode(text: string): string | undefined {
  try {
    const spaced = text.includes('+') ? withSpaces(text) : text
    return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
  } catch {
    return undefined
  }
}

const PLUS = 0x2b
const SPACE = 0x20

/** By bytes: many times faster than to replace each of a megabyte of pluses. */
function withSpaces(text: string): string {
  const bytes = Buffer.from(text)
  for (let i = bytes.indexOf(PLUS); i < bytes.length; i++) if (bytes[i] === PLUS) bytes[i] = SPACE
  return bytes.toString()
}
