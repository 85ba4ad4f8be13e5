import type { Draft } from './draft.ts'
import { type Feed, feedOf } from './feed.ts'
import { articleOf } from './page.ts'
import { ImportRefused } from './refused.ts'
import { rootOf } from './root.ts'

/** What an address turned out to hold. */
export type Source = { readonly kind: 'page'; readonly article: Draft } | ({ readonly kind: 'feed' } & Feed)

/** A document as it was answered, decoded. */
export interface Answered {
  readonly text: string
  /** The Content-Type without parameters, lower case; empty when there was none. */
  readonly type: string
  /** Where it was in the end, after redirects. */
  readonly url: string
}

const FEED_ROOTS = new Set(['rss', 'rdf', 'feed'])

/** Tells a page from a feed by what it holds, since feeds are served as anything. Throws `ImportRefused`. */
export function sourceOf({ text, type, url }: Answered): Source {
  const root = rootOf(text)?.name
  const isHtml = root === 'html' || type.endsWith('html') || (type === '' && root !== undefined)
  if (FEED_ROOTS.has(root ?? '') || (root === undefined && !isHtml)) {
    const feed = feedOf(text, url)
    if (!feed)
      throw new ImportRefused('unsupported', 'This is neither a web page nor a feed that can be read.')
    if (feed.links.length === 0) throw new ImportRefused('not-an-article', 'This feed links to no articles.')
    return { kind: 'feed', ...feed }
  }
  if (!isHtml)
    throw new ImportRefused('unsupported', `This is XML, but neither a web page nor a feed: <${root}>.`)
  const article = articleOf(text, url)
  if (!article) throw new ImportRefused('not-an-article', 'There is no article on this page.')
  return { kind: 'page', article }
}
