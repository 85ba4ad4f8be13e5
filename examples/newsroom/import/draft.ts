/** An article as found elsewhere, before it becomes one of ours. */
export interface Draft {
  readonly headline: string
  /** The article's own address: absolute, http or https. */
  readonly link: string
  /**
   * Plain text: a blank line between paragraphs, a line per list item or table row, entities decoded, no
   * markup.
   */
  readonly text: string
  /** Lower case, none twice, at most 20, each at most 60 characters. */
  readonly tags: readonly string[]
  /** `2026-10-04T06:30:00.000Z`; null when the source gives no date. */
  readonly published_at: string | null
}

const MAX_TAGS = 20
const MAX_TAG_CHARS = 60
const MAX_HEADLINE_CHARS = 300

/** Control characters, invisible spacing, and what XML cannot carry at all (XML 1.0 §2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove.
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\ufeff\ufffe\uffff]/g

export const printable = (text: string): string => text.replace(UNPRINTABLE, '').toWellFormed()

/** One line: all white space becomes single spaces. */
export const oneLine = (text: string): string => printable(text.replace(/\s+/g, ' ')).trim()

/**
 * Labels as sites write them (`'Rail, Harbour;rail'`) as tags. One that is too long is a sentence, not a tag,
 * and is left out.
 */
export function tagsOf(labels: Iterable<string>): string[] {
  const tags = new Set<string>()
  for (const label of labels) {
    for (const part of label.split(/[,;，、]/)) {
      const tag = oneLine(part).replace(/^#/, '').toLowerCase()
      if (tag !== '' && tag.length <= MAX_TAG_CHARS) tags.add(tag)
      if (tags.size === MAX_TAGS) return [...tags]
    }
  }
  return [...tags]
}

/**
 * The first candidate that says anything, else the first sentence of `text`; cut between words at 300
 * characters.
 */
export function headlineOf(candidates: Iterable<string | undefined>, text: string): string {
  for (const candidate of candidates) {
    const headline = oneLine(candidate ?? '')
    if (headline !== '') return shortened(headline, MAX_HEADLINE_CHARS)
  }
  const [line = ''] = text.split('\n', 1)
  const [sentence = line] = line.split(/(?<=[.!?。！？])\s/, 1)
  return shortened(sentence, 120)
}

function shortened(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max - 1)
  const space = cut.lastIndexOf(' ')
  return `${cut.slice(0, space > max / 2 ? space : undefined).toWellFormed()}…`
}
