/** A format that lists are streamed in, one text a row. */
export interface RowWriter {
  /** As an offer in a negotiation: `text/csv`. */
  readonly mediaType: string
  /** The same, with its parameters. */
  readonly contentType: string
  /** Comes before the first row, and is all that an empty list has. */
  readonly begin: string
  /** The row with its end of line. @throws AnswerMismatch at the first thing that does not fit its schema. */
  readonly row: (value: unknown) => string
}
