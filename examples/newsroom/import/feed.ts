import {
  type AtomFeed,
  type JsonFeed,
  parseAtomFeed,
  parseJsonFeed,
  parseRdfFeed,
  parseRssFeed,
  type RdfFeed,
  type RssFeed,
} from 'feedsmith'
import { utcDate } from './date.ts'
import { type Draft, headlineOf, oneLine, tagsOf } from './draft.ts'
import { rootOf } from './root.ts'
import { textOfHtml } from './text.ts'
import { webAddress } from './web-address.ts'

/** What a feed offers. */
export interface Feed {
  /** One line; empty when the feed has none. */
  readonly title: string
  /** The articles' addresses in the feed's order: absolute, http or https, none twice, at most 50. */
  readonly links: readonly string[]
  /** Those articles that the feed carries in full. Each draft's `link` is one of `links`. */
  readonly drafts: readonly Draft[]
}

const MAX_LINKS = 50
/** More are read than kept: some have no link, or one that came before. */
const MAX_ITEMS = 4 * MAX_LINKS
/** Shorter content is a summary in the place of the article. */
const MIN_FULL_CHARS = 500

/** An item of any kind of feed. */
interface Item {
  readonly link: string | undefined
  /** HTML, as is `content`. */
  readonly title: string
  readonly content: string
  readonly tags: readonly string[]
  readonly published: string | undefined
}

/**
 * Reads RSS 0.9x and 2.0, RSS 1.0 (RDF), Atom 1.0 and JSON Feed; undefined when `text` is none of them or is
 * broken.
 * `url`: where it was read, absolute. Relative addresses are relative to `xml:base`, else to it.
 */
export function feedOf(text: string, url: string): Feed | undefined {
  const read = readerOf(text)
  if (!read) return undefined
  try {
    const { title, items } = read(url)
    return { title: oneLine(textOfHtml(title)), ...offered(items) }
  } catch {
    return undefined
  }
}

type Read = (url: string) => { title: string; items: readonly Item[] }

/** Chosen by the root element: an article about `<rss>` inside an Atom feed is not an RSS feed. */
function readerOf(text: string): Read | undefined {
  const options = { maxItems: MAX_ITEMS }
  const root = rootOf(text)
  const xml = text.slice(root?.at)
  if (root?.name === 'rss') return url => fromRss(parseRssFeed(xml, options), url)
  if (root?.name === 'rdf') return url => fromRdf(parseRdfFeed(xml, options), url)
  if (root?.name === 'feed') return url => fromAtom(parseAtomFeed(xml, options), url)
  if (/^[\s\ufeff]*\{/.test(text))
    return url => fromJson(parseJsonFeed(JSON.parse(text.trim()), options), url)
  return undefined
}

function offered(items: readonly Item[]): Pick<Feed, 'links' | 'drafts'> {
  const links = new Set<string>()
  const drafts: Draft[] = []
  for (const item of items) {
    if (item.link === undefined || links.has(item.link)) continue
    if (links.size === MAX_LINKS) break
    links.add(item.link)
    const draft = draftOf(item, item.link)
    if (draft) drafts.push(draft)
  }
  return { links: [...links], drafts }
}

function draftOf(item: Item, link: string): Draft | undefined {
  if (item.content.length < MIN_FULL_CHARS) return undefined
  const text = textOfHtml(item.content)
  if (text.length < MIN_FULL_CHARS) return undefined
  const headline = headlineOf([textOfHtml(item.title)], text)
  return { headline, link, text, tags: tagsOf(item.tags), published_at: utcDate(item.published) }
}

function fromRss(feed: RssFeed.Feed<string>, url: string): ReturnType<Read> {
  const base = webAddress(feed.xml?.base, url) ?? url
  const items = (feed.items ?? []).map(item => {
    const own = webAddress(item.xml?.base, base) ?? base
    const guid = item.guid?.isPermaLink === false ? undefined : item.guid?.value
    return {
      // A guid is an address only when it is whole; many are plain numbers (RSS 2.0, `<guid>`).
      link: webAddress(item.link, own) ?? alternate(item.atom?.links, own) ?? webAddress(guid),
      title: item.title ?? item.dc?.titles?.[0] ?? '',
      content: item.content?.encoded ?? '',
      tags: [...(item.categories ?? []).flatMap(({ name }) => name ?? []), ...(item.dc?.subjects ?? [])],
      published: item.pubDate ?? item.dc?.dates?.[0],
    }
  })
  return { title: feed.title ?? '', items }
}

function fromRdf(feed: RdfFeed.Feed<string>, url: string): ReturnType<Read> {
  const base = webAddress(feed.xml?.base, url) ?? url
  const items = (feed.items ?? []).map(item => {
    const own = webAddress(item.xml?.base, base) ?? base
    return {
      link: webAddress(item.link, own) ?? webAddress(item.rdf?.about, own),
      title: item.title ?? item.dc?.titles?.[0] ?? '',
      content: item.content?.encoded ?? '',
      tags: item.dc?.subjects ?? [],
      published: item.dc?.dates?.[0],
    }
  })
  return { title: feed.title ?? '', items }
}

function fromAtom(feed: AtomFeed.Feed<string>, url: string): ReturnType<Read> {
  const base = webAddress(feed.xml?.base, url) ?? url
  const items = (feed.entries ?? []).map(entry => {
    const own = webAddress(entry.xml?.base, base) ?? base
    return {
      link: alternate(entry.links, own) ?? webAddress(entry.content?.src, own),
      title: htmlOf(entry.title),
      content: htmlOf(entry.content),
      tags: (entry.categories ?? []).flatMap(({ label, term }) => label ?? term ?? []),
      published: entry.published ?? entry.updated,
    }
  })
  return { title: htmlOf(feed.title), items }
}

function fromJson(feed: JsonFeed.Feed<string>, url: string): ReturnType<Read> {
  const items = (feed.items ?? []).map(item => ({
    link: webAddress(item.url, url) ?? webAddress(item.external_url, url),
    title: escaped(item.title ?? ''),
    content: item.content_html ?? escaped(item.content_text ?? '').replace(/\r?\n/g, '<br>'),
    tags: item.tags ?? [],
    published: item.date_published,
  }))
  return { title: escaped(feed.title ?? ''), items }
}

interface AtomLink {
  readonly href?: string
  readonly rel?: string
  readonly type?: string
}

/** A link without `rel` is an alternate (RFC 4287 §4.2.7.2); among several, the one for readers. */
function alternate(links: readonly AtomLink[] | undefined, base: string): string | undefined {
  const alternates = (links ?? []).filter(({ rel = 'alternate' }) => rel === 'alternate')
  const chosen = alternates.find(({ type = 'text/html' }) => /html/.test(type)) ?? alternates[0]
  return webAddress(chosen?.href, base)
}

/**
 * An Atom text construct without a type is plain text (RFC 4287 §3.1.1), and content of another media type is
 * none.
 */
function htmlOf(construct: { value?: string; type?: string } | undefined): string {
  const { value = '', type = 'text' } = construct ?? {}
  if (/^(?:html|xhtml|text\/html|application\/xhtml\+xml)$/i.test(type)) return value
  return /^text(?:\/plain)?$/i.test(type) ? escaped(value).replace(/\r?\n/g, '<br>') : ''
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
