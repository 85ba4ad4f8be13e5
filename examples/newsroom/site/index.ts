import { readFileSync } from 'node:fs'

/** An invented newspaper, so that the example has something to import without a network. */
const PAGES = [
  ['/sample/', 'index.html', 'text/html'],
  ['/sample/style.css', 'style.css', 'text/css'],
  ['/sample/night-ferry', 'night-ferry.html', 'text/html'],
  ['/sample/tool-library', 'tool-library.html', 'text/html'],
  ['/sample/observatory', 'observatory.htm', 'text/html'],
  ['/sample/feed.rss', 'feed.rss', 'application/rss+xml'],
  ['/sample/feed.atom', 'feed.atom', 'application/atom+xml'],
] as const

/** Read once, at start: a path that is asked for never becomes the name of a file. */
const pages: ReadonlyMap<string, SamplePage> = new Map(
  PAGES.map(([path, file, type]) => [
    path,
    {
      type: `${type}; charset=utf-8`,
      body: readFileSync(new URL(`./pages/${file}`, import.meta.url), 'utf8'),
    },
  ]),
)

export interface SamplePage {
  /** The Content-Type. */
  readonly type: string
  readonly body: string
}

/** The paths of the three articles. */
export const sampleArticles = ['/sample/night-ferry', '/sample/tool-library', '/sample/observatory'] as const

/**
 * The sample page at `path` (`/sample/…`, without a query), or undefined. `origin`: where it is being served,
 * `http://localhost:8080`; feeds and metadata need whole addresses. Undefined too where that is not an
 * address: a request cannot write into the pages.
 */
export function samplePage(path: string, origin: string): SamplePage | undefined {
  const page = pages.get(path)
  const address = URL.parse(origin)
  if (page === undefined || address === null) return undefined
  return { type: page.type, body: page.body.replaceAll('{{origin}}', address.origin) }
}
