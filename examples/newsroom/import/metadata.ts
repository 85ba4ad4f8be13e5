import { utcDate } from './date.ts'
import type { HtmlDocument, HtmlElement } from './dom.ts'
import { oneLine, tagsOf } from './draft.ts'
import { articleDataOf } from './json-ld.ts'
import { withoutEntities } from './text.ts'
import { webAddress } from './web-address.ts'

/** What a page says about its article, apart from the article itself. */
export interface Metadata {
  /** The page calls itself an article, in Open Graph or in JSON-LD. */
  readonly declared: boolean
  readonly headline?: string
  /** The page's `<h1>`, if it has exactly one. */
  readonly heading?: string
  /** The name of the site, which many titles end in. */
  readonly site: string
  /** The article's text as JSON-LD carries it, for pages that are built by a script. */
  readonly body?: string
  readonly link: string
  readonly tags: readonly string[]
  readonly published_at: string | null
}

/** `url`: where the page was read, absolute. */
export function metadataOf(document: HtmlDocument, url: string): Metadata {
  const metas = metaValues(document)
  const meta = (name: string): string | undefined => metas.get(name)?.find(value => value.trim() !== '')
  const data = articleDataOf(
    [...document.querySelectorAll('script[type="application/ld+json" i]')].map(
      script => script.textContent ?? '',
    ),
  )
  const base = webAddress(document.querySelector('base[href]')?.getAttribute('href'), url) ?? url
  const headings = [...document.querySelectorAll('h1')].map(heading => oneLine(heading.textContent ?? ''))
  const labels = ['article:tag', 'keywords', 'news_keywords'].flatMap(name => metas.get(name) ?? [])
  return {
    declared: data !== undefined || meta('og:type')?.toLowerCase() === 'article',
    ...headlineIn(document, (data?.titles ?? []).map(withoutEntities)),
    ...(headings.length === 1 && headings[0] ? { heading: headings[0] } : {}),
    site: oneLine(meta('og:site_name') ?? ''),
    ...(data?.body === undefined ? {} : { body: data.body }),
    link: linkOf(document, [meta('og:url'), data?.link], base, url),
    tags: tagsOf([...labels, ...(data?.keywords ?? [])].map(withoutEntities)),
    published_at:
      utcDate(meta('article:published_time')) ??
      utcDate(data?.published) ??
      utcDate(meta('parsely-pub-date') ?? meta('dcterms.date') ?? meta('dc.date')) ??
      dateShown(document),
  }
}

/**
 * Some sites describe the article in `headline` and name it in `name`; the page's own title then tells which
 * is which.
 */
function headlineIn(document: HtmlDocument, titles: readonly string[]): { headline?: string } {
  const shown = oneLine(document.querySelector('title')?.textContent ?? '')
  const headline = titles.map(oneLine).find(title => shown.includes(title)) ?? titles[0]
  return headline === undefined ? {} : { headline }
}

function metaValues(document: HtmlDocument): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const meta of document.querySelectorAll('meta[content]')) {
    const names = `${meta.getAttribute('property') ?? ''} ${meta.getAttribute('name') ?? ''}`
      .toLowerCase()
      .split(/\s+/)
    const content = meta.getAttribute('content') ?? ''
    for (const name of new Set(names)) {
      const said = values.get(name)
      if (said) said.push(content)
      else values.set(name, [content])
    }
  }
  return values
}

/**
 * The canonical address (RFC 6596). One that names the front page, from a page that is not it, is a
 * template's mistake.
 */
function linkOf(
  document: HtmlDocument,
  others: readonly (string | undefined)[],
  base: string,
  url: string,
): string {
  const canonical = [...document.querySelectorAll('link[rel~="canonical" i][href]')].map(link =>
    link.getAttribute('href'),
  )
  const own = new URL(url)
  for (const candidate of [...canonical, ...others]) {
    const link = webAddress(candidate, base)
    if (link !== undefined && (new URL(link).pathname !== '/' || own.pathname === '/')) return link
  }
  own.hash = ''
  return own.href
}

const ELSEWHERE = 'nav, aside, footer, [id*="comment" i], [class*="comment" i], [class*="related" i]'

/**
 * The publication date as readers see it: marked as such, else the first in the article, else the first on
 * the page.
 */
function dateShown(document: HtmlDocument): string | null {
  for (const marked of document.querySelectorAll('[itemprop~="datePublished"], time[pubdate]')) {
    const date = utcDate(dateText(marked))
    if (date !== null) return date
  }
  const times = [...document.querySelectorAll('time[datetime]')]
    .slice(0, 50)
    .filter(time => !time.closest(ELSEWHERE))
  const inArticle = times.filter(time => time.closest('article, main'))
  return [...inArticle, ...times].map(time => utcDate(dateText(time))).find(date => date !== null) ?? null
}

const dateText = (element: HtmlElement): string | null =>
  element.getAttribute('datetime') ?? element.getAttribute('content') ?? element.textContent
