import type { Coding } from '../http/index.ts'

/** A request, whatever carried it. */
export interface Request {
  readonly method: string
  /** As it stood in the request line: `/v1/articles?limit=5` (RFC 9112 §3.2). */
  readonly target: string
  /** The value of a field by its name in lower case; several fields of one name come joined by a comma. */
  header(name: string): string | undefined
  /** The address at the other end of the connection; undefined where the runtime does not know it. */
  readonly remote?: string | undefined
  /**
   * The whole body.
   *
   * @param take is told of each piece before it is held, and throws where it may not be.
   * @throws BodyTooLarge once it is known to be longer than `limit` bytes.
   * @throws BodyCutShort where the caller went away before its end.
   */
  body(limit: number, take?: (bytes: number) => void): Promise<Uint8Array>
  /**
   * The body as it comes, in place of `body`. What is not asked for is not read.
   *
   * @throws BodyCutShort where the caller went away before its end.
   */
  stream(): AsyncIterable<Uint8Array>
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal
}

/** An answer, ready to be sent. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: AnswerBody
  /** The body as a coding has it, where that is kept, because the body stays as it is. */
  readonly compressed?: (coding: Coding) => Uint8Array | Promise<Uint8Array>
  /** The code of the problem that it is, where it is one. */
  readonly problem?: string
}

/** The value of a field of an answer, by its name in lower case. */
export const headerOf = ({ headers }: Pick<Answer, 'headers'>, name: string): string | undefined =>
  headers.find(field => field[0] === name)?.[1]

/** One that does not come in pieces. */
export interface WholeAnswer extends Answer {
  readonly body: string | undefined
}

/** What comes in pieces has no length that could be told beforehand. It throws where it breaks off. */
export type AnswerBody = string | Uint8Array | AsyncIterable<string | Uint8Array> | undefined

export const isStream = (body: AnswerBody): body is AsyncIterable<string | Uint8Array> =>
  typeof body === 'object' && Symbol.asyncIterator in body

/** The body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
  readonly limit: number

  constructor(limit: number) {
    super(`the body is longer than ${limit} bytes`)
    this.limit = limit
  }
}

/** The body ended before it was whole: the caller went away. */
export class BodyCutShort extends Error {
  override readonly name = 'BodyCutShort'
  constructor(options?: ErrorOptions) {
    super('the body ended before it was whole', options)
  }
}
