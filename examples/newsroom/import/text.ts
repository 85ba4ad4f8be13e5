import { type HtmlNode, parseHtml } from './dom.ts'
import { printable } from './draft.ts'

/** The words of a tree, and how many of them only lead elsewhere. */
export interface Prose {
  readonly text: string
  /** Characters inside links. */
  readonly linked: number
}

const names = (list: string): ReadonlySet<string> => new Set(list.split(' '))
const UNREAD = names(
  'script style noscript template svg iframe object embed button select textarea audio video canvas title',
)
const BLOCKS = names(
  'p div section article main header footer aside nav h1 h2 h3 h4 h5 h6 blockquote figure figcaption pre ul ol dl table' +
    ' caption form fieldset address hr details summary center body',
)
const LINES = names('li tr dt dd')
const CELLS = names('td th')

/** What separates two pieces of text. A stronger gap swallows a weaker one. */
const gaps = ['', '\t', '\n', '\n\n'] as const
const [NONE, CELL, LINE, PARAGRAPH] = [0, 1, 2, 3]

/** Walks without recursion: how deep a page is nested is its author's choice. */
export function proseOf(root: HtmlNode): Prose {
  const out = createLines()
  let linked = 0
  let anchors = 0
  let preformatted = 0
  const step = (node: HtmlNode, by: 1 | -1): void => {
    const name = node.localName ?? ''
    if (name === 'a') anchors += by
    if (name === 'pre') preformatted += by
    if (name === 'br' && by === 1) out.wrap()
    out.gap(BLOCKS.has(name) ? PARAGRAPH : LINES.has(name) ? LINE : CELLS.has(name) ? CELL : NONE)
  }
  for (let node: HtmlNode | null = root; node; ) {
    const isText = node.nodeType === 3 || node.nodeType === 4
    if (isText) {
      const added = out.add(node.textContent ?? '', preformatted > 0)
      if (anchors > 0) linked += added
    }
    const read = node.nodeType === 1 && !UNREAD.has(node.localName ?? '')
    if (read) step(node, 1)
    if (read && node.firstChild) {
      node = node.firstChild
      continue
    }
    if (read) step(node, -1)
    while (node && node !== root && !node.nextSibling) {
      node = node.parentNode
      if (node) step(node, -1)
    }
    node = node === root ? null : (node?.nextSibling ?? null)
  }
  return { text: out.text(), linked }
}

function createLines() {
  const parts: string[] = []
  let gap: number = NONE
  let space = false
  const put = (words: string): void => {
    if (gap > NONE && parts.length > 0) parts.push(gaps[gap] ?? '')
    else if (space && parts.length > 0) parts.push(' ')
    parts.push(words)
    gap = NONE
    space = false
  }
  return {
    gap(strength: number): void {
      gap = Math.max(gap, strength)
    },
    /** One `<br>` ends a line, two end a paragraph. */
    wrap(): void {
      gap = gap >= LINE ? PARAGRAPH : LINE
    },
    /** Gives the number of characters that it added. */
    add(raw: string, preformatted: boolean): number {
      const text = printable(raw)
      if (preformatted) {
        for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
          if (index > 0) gap = Math.max(gap, LINE)
          if (line.trim() !== '') put(line.trimEnd())
        }
        return text.length
      }
      const words = text.replace(/\s+/g, ' ').trim()
      if (words === '') {
        space ||= text !== ''
        return 0
      }
      space ||= /^\s/.test(text)
      put(words)
      space = /\s$/.test(text)
      return words.length
    },
    text: (): string => parts.join('').trim(),
  }
}

/** The plain text of a piece of HTML, as feeds carry it. */
export const textOfHtml = (html: string): string => proseOf(parseHtml(html).body).text

/** Decodes the entities that many sites leave in values which are plain text already: `Fish &amp; chips`. */
export function withoutEntities(value: string): string {
  return /&[#\w]+;/.test(value) && !value.includes('<') ? textOfHtml(value) : value
}
