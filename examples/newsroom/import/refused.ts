/**
 * What stopped an import, as the user is told it:
 * - `unreachable`: no complete answer, or one that says "later" (429, 5xx). Worth another try.
 * - `refused`: the site, or a guard in front of it, said no (401, 403, 404 …).
 * - `unsupported`: not a web address, or neither HTML nor a feed.
 * - `too-large`: more bytes, elements or work than one article is worth.
 * - `not-an-article`: a page without an article, or a feed without links.
 */
export type RefusalCode = 'unreachable' | 'refused' | 'unsupported' | 'too-large' | 'not-an-article'

/** An import that ended for a reason the user should see. `message` is that reason in plain words. */
export class ImportRefused extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'ImportRefused'
    this.code = code
  }
}
