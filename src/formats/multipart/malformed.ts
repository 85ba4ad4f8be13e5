/** A body that is no well-formed multipart/form-data: what is wrong, as a sentence. */
export class MalformedMultipart extends Error {
  override readonly name = 'MalformedMultipart'
}
