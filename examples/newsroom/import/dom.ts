import { DOMParser } from 'linkedom'
import { ImportRefused } from './refused.ts'

/**
 * The part of the DOM that the import reads. The `dom` library would put `window` and its thousand names in
 * scope.
 */
export interface HtmlNode {
  /** 1 element, 3 text, 4 CDATA, 8 comment (DOM §4.4). */
  readonly nodeType: number
  readonly localName: string | null
  readonly textContent: string | null
  readonly parentNode: HtmlNode | null
  readonly firstChild: HtmlNode | null
  readonly nextSibling: HtmlNode | null
}

export interface HtmlElement extends HtmlNode {
  readonly localName: string
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>
  readonly childNodes: ArrayLike<HtmlNode> & Iterable<HtmlNode>
  readonly firstElementChild: HtmlElement | null
  readonly nextElementSibling: HtmlElement | null
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  closest(selector: string): HtmlElement | null
  querySelector(selector: string): HtmlElement | null
  querySelectorAll(selector: string): Iterable<HtmlElement>
  remove(): void
  replaceWith(...nodes: HtmlNode[]): void
}

export interface HtmlDocument {
  readonly documentElement: HtmlElement | null
  readonly body: HtmlElement
  querySelector(selector: string): HtmlElement | null
  querySelectorAll(selector: string): Iterable<HtmlElement>
}

/** Some 30 to 120 µs each, the more the deeper: 2 to 7 s for a page that is at the bound. */
const MAX_ELEMENTS = 60_000
/** Browsers stop nesting at 512; finding the article costs the square of the depth. */
const MAX_DEPTH = 100

/**
 * Two per element and some to spare, for text and scripts: what has more is not parsed, since its tree would
 * take gigabytes.
 */
const MAX_BRACKETS = 4 * MAX_ELEMENTS

/**
 * Parses any HTML, whole page or fragment, into a tree that has a head and a body. Throws `ImportRefused`
 * (`too-large`).
 */
export function parseHtml(html: string): HtmlDocument {
  if (brackets(html) > MAX_BRACKETS) throw tooManyElements()
  const parsed = parse(html)
  const document = hasHeadAndBody(parsed) ? parsed : parse(`<html><head></head><body>${html}</body></html>`)
  tidy(document)
  return document
}

function parse(html: string): HtmlDocument {
  try {
    return new DOMParser().parseFromString(html === '' ? ' ' : html, 'text/html')
  } catch (error) {
    // The parser takes a list of classes or attributes as arguments, and a million of them overflow the stack.
    throw error instanceof RangeError ? tooLarge(error) : error
  }
}

const tooLarge = (cause: RangeError): ImportRefused =>
  new ImportRefused('too-large', 'The page has an element that is too large to read.', { cause })

const tooManyElements = (): ImportRefused =>
  new ImportRefused('too-large', `The page has more than ${MAX_ELEMENTS} elements.`)

function brackets(html: string): number {
  let count = 0
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at + 1)) count += 1
  return count
}

/** All three tags may be left out (HTML §13.1.2.4), which the parser does not mend. */
function hasHeadAndBody({ documentElement }: HtmlDocument): boolean {
  if (documentElement?.localName !== 'html') return false
  const first = documentElement.firstElementChild
  return (first?.localName === 'head' ? first.nextElementSibling : first)?.localName === 'body'
}

/**
 * Lower-cases attribute names, as HTML has them and the parser does not; takes out what is nested too deep,
 * not its content.
 */
function tidy(document: HtmlDocument): void {
  let elements = 0
  for (const element of [...document.querySelectorAll('*')]) {
    elements += 1
    if (elements > MAX_ELEMENTS) throw tooManyElements()
    for (const { name, value } of [...element.attributes]) {
      if (name === name.toLowerCase()) continue
      element.removeAttribute(name)
      element.setAttribute(name.toLowerCase(), value)
    }
  }
  flatten(document.body)
}

function flatten(root: HtmlElement): void {
  const depths = new Map<HtmlNode, number>([[root, 0]])
  for (const element of [...root.querySelectorAll('*')]) {
    // In document order a parent comes before its children, so its depth is known.
    const depth = (depths.get(element.parentNode ?? root) ?? 0) + 1
    if (depth <= MAX_DEPTH) depths.set(element, depth)
    else element.replaceWith(...element.childNodes)
  }
}
