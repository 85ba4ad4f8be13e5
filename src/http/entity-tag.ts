import { sha256 } from '../base/index.ts'

/** Digits of a digest in a tag: 132 bits, so that nobody finds two bodies for one tag. */
const DIGITS = 22

/** `"bMeHx0lYDsTDUSo4nXoj2Q.json"`: the strong tag of these bytes in this media type (RFC 9110 §8.8.3). */
export const etagOf = (mediaType: string, body: string | Uint8Array): string =>
  digestTag(mediaType, sha256(body).slice(0, DIGITS))

/** Longer bodies are not kept, since there is one for each place. In characters. */
const LONGEST_KEPT = 32_768

/** The tags of one place's bodies. Many ask for the same there: to compare with what came last costs far less than a digest. */
export function tagger(mediaType: string): (body: string) => string {
  let last: string | undefined
  let tag = ''
  return body => {
    if (body === last) return tag
    const made = etagOf(mediaType, body)
    if (body.length > LONGEST_KEPT) return made
    last = body
    tag = made
    return tag
  }
}

/** The same of bytes whose digest is known. */
export const digestTag = (mediaType: string, digest: string): string =>
  `"${digest}.${mediaType.replace('application/', '').replace('/', '.')}"`

/** Bytes that are compressed are another representation, and have another tag (RFC 9110 §8.8.3.3). */
export const codedTag = (tag: string, coding: string): string => `${tag.slice(0, -1)}.${coding}"`

export interface EntityTag {
  readonly weak: boolean
  /** With its quotes. */
  readonly tag: string
}

/** One element of a list, up to the comma behind it; a comma may also stand inside a tag (RFC 9110 §8.8.3). */
const ELEMENT = /(?:^|,)[ \t]*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/g

/** The tags of an If-Match or If-None-Match field, or that it is met by any. What is no tag is passed over. */
export function parseEntityTags(field: string): '*' | readonly EntityTag[] {
  if (field.trim() === '*') return '*'
  return [...field.matchAll(ELEMENT)].map(([, weak, tag = '']) => ({ weak: weak !== undefined, tag }))
}

/** Whether a field says anything that could be met. */
export const namesEtags = (field: string): boolean => parseEntityTags(field).length > 0
