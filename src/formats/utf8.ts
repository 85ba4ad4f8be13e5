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
    return { detail: 'The body is not UTF-8', position: endOfText(bytes) }
  }
}

export function positionOf(text: string, at: number): BodyProblem['position'] {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - before.lastIndexOf('\n') }
}

/** Where the longest prefix of UTF-8 ends: found by halving, so that a long body costs few decodings. */
function endOfText(bytes: Uint8Array): BodyProblem['position'] {
  let good = 0
  let bad = bytes.length + 1
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isStartOfText(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  const text = new TextDecoder().decode(bytes.subarray(0, good), { stream: true })
  return positionOf(text, text.length)
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
