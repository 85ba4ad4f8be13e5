/**
 * An answer that is not what its schema says: the handler's mistake, not the caller's.
 * It never holds the value, which may be secret.
 */
export class AnswerMismatch extends Error {
  override readonly name = 'AnswerMismatch'
  /** Where, as a JSON pointer (RFC 6901); `''` is the whole answer. */
  readonly pointer: string
  /** In words: `a string of at most 80 characters`. */
  readonly expected: string
  /** The kind of what was there: `null`, `string`, `a Date (use its toISOString())`. */
  readonly received: string

  constructor(place: string, pointer: string, expected: string, value: unknown) {
    const received = kindOf(value)
    super(
      `${place}: ${pointer || 'the answer'} is not what its schema says: expected ${expected}, received ${received}`,
    )
    this.pointer = pointer
    this.expected = expected
    this.received = received
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'a Date (use its toISOString())'
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number that is not finite'
  return typeof value
}

/** What a text must be in XML (XML 1.0 §2.2 [2]), which its schema cannot say. */
export const CARRIED = 'a string of characters that XML can carry'

/** Whether the value is what its schema says, and only this format cannot carry it. */
export const isUncarried = (error: unknown): error is AnswerMismatch =>
  error instanceof AnswerMismatch && error.expected === CARRIED
