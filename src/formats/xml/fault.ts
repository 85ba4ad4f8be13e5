/** What is wrong in a document, and at which index. Never leaves the reader, which makes a problem of it. */
export class XmlFault extends Error {
  override readonly name = 'XmlFault'
  readonly at: number
  /** The document has more of something than it may have. */
  readonly tooLarge: boolean

  constructor(detail: string, at: number, { tooLarge = false } = {}) {
    super(detail)
    this.at = at
    this.tooLarge = tooLarge
  }
}
