/** What is wrong in a document, and at which index. Never leaves the reader, which makes a problem of it. */
export class XmlFault extends Error {
  override readonly name = 'XmlFault'
  readonly at: number

  constructor(detail: string, at: number) {
    super(detail)
    this.at = at
  }
}
