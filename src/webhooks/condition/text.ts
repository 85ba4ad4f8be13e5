/** A stretch of a condition's text, in UTF-16 units. */
export interface Span {
  readonly source: string
  readonly start: number
  readonly end: number
}

/** A text by itself. */
export const spanOver = (text: string): Span => ({ source: text, start: 0, end: text.length })

export const textOf = ({ source, start, end }: Span): string => source.slice(start, end)

/** What is quoted in a message is cut to this. */
export const MAX_TEXT = 80

export const shortText = (span: Span): string => cut(textOf(span), MAX_TEXT)

/** Well-formed also where the cut goes through a pair of surrogates. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text.toWellFormed() : `${text.slice(0, most - 1)}…`.toWellFormed()
