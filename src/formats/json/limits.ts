/** Levels of arrays and objects in each other, in answers; and by default in requests. */
export const MAX_DEPTH = 64

/** What a request's body may have of what costs more than its bytes. */
export interface BodyLimits {
  /** Arrays and objects in each other. Default: 64. */
  readonly depth?: number
  /** Values, those inside others too. In XML, also what is between them: comments, sections, attributes. Default: 10,000. */
  readonly values?: number
}

/**
 * A megabyte has room for half a million. Reading so many, and telling what is wrong with each, takes a second in which nobody
 * else is served.
 */
export const MAX_VALUES = 10_000

/** What is said of the first value that is too many. */
export const tooMany = (values: number): string => `More than ${values} values`
