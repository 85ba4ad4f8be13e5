/** What is wrong with a body, in words that do not repeat it. */
export interface BodyProblem {
  readonly detail: string
  /** Both count from 1; columns in UTF-16 code units. */
  readonly position: { readonly line: number; readonly column: number }
  /** It may be well-formed, and has more of something than it may have. */
  readonly tooLarge?: true
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** The text of a body, without a byte order mark, or what is wrong with it. */
export function decodeUtf8(bytes: Uint8Array): string | BodyProblem {
  try {
    return UTF8.decode(bytes)
  } catch {
    const text = startOfText(bytes)
    return { detail: 'The body is not UTF-8', position: positionOf(text, text.length) }
  }
}

export function positionOf(text: string, at: number): BodyProblem['position'] {
  let line = 1
  let start = 0
  // Faster than a search for each where there are a million lines.
  for (let i = 0; i < at; i++) {
    if (text.charCodeAt(i) !== 0x0a) continue
    line++
    start = i + 1
  }
  return { line, column: at - start + 1 }
}

/** The longest prefix that is UTF-8: found by halving what is left, so that a long body is decoded about twice. */
export function startOfText(bytes: Uint8Array): string {
  // A character begins at `good`, and none does that was cut off before it.
  let good = 0
  let bad = bytes.length + 1
  while (bad - good > 2 * LONGEST) {
    const middle = (good + bad) >> 1
    if (isStartOfText(bytes.subarray(good, middle))) good = startOfCharacter(bytes, middle)
    else bad = middle
  }
  while (!isStartOfText(bytes.subarray(good, bad - 1))) bad--
  return new TextDecoder().decode(bytes.subarray(0, bad - 1), { stream: true })
}

/** Bytes of a character at most. */
const LONGEST = 4

/** Where the character begins that this byte of a text is in (RFC 3629 §3). */
function startOfCharacter(bytes: Uint8Array, at: number): number {
  let start = at
  while (((bytes[start] ?? 0) & 0xc0) === 0x80 && at - start < LONGEST) start--
  return start
}

/** Whether bytes are UTF-8, a character that is cut off at their end included. */
function isStartOfText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
