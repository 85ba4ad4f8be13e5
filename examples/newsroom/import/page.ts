import { Readability } from '@mozilla/readability'
import { type HtmlDocument, type HtmlElement, parseHtml } from './dom.ts'
import { type Draft, headlineOf, oneLine } from './draft.ts'
import { type Metadata, metadataOf } from './metadata.ts'
import { type Prose, proseOf, textOfHtml } from './text.ts'

/**
 * Below this there is a teaser, a form or an error message, but no article. A page that calls itself one may
 * be brief.
 */
const MIN_WEIGHT = 250
const MIN_DECLARED_WEIGHT = 80

/**
 * The article on a page, or undefined when there is none.
 * `url`: where the page was read, absolute; relative addresses and the article's own link come from it.
 * Throws `ImportRefused` (`too-large`) on a page with more elements than can be read in bounded time.
 */
export function articleOf(html: string, url: string): Draft | undefined {
  const document = parseHtml(html)
  // Finding the article takes the document apart, so what the page says about it is read first.
  const metadata = metadataOf(document, url)
  const title = oneLine(document.querySelector('title')?.textContent ?? '')
  const found = findArticle(document)
  const text = textOf(found?.prose, metadata)
  if (text === undefined) return undefined
  const titles = [
    metadata.headline,
    headingIn(found?.title || title, metadata),
    found?.title,
    title,
    metadata.heading,
  ]
  return {
    headline: headlineOf(
      titles.map(candidate => withoutSite(candidate, metadata.site)),
      text,
    ),
    link: metadata.link,
    text,
    tags: metadata.tags,
    published_at: metadata.published_at,
  }
}

/** Readability leaves comments out of a long article, but takes them for part of a short one. */
const COMMENTS = '#comments, #disqus_thread, #respond, .comments, .comment-list, [itemprop~="comment"]'

function findArticle(document: HtmlDocument): { title: string; prose: Prose } | undefined {
  for (const comments of document.querySelectorAll(COMMENTS)) {
    if (!comments.querySelector('h1, main')) comments.remove()
  }
  const reader = new Readability<HtmlElement>(document, {
    // Metadata and text are read here; the serializer only hands out the tree.
    disableJSONLD: true,
    serializer: (root: HtmlElement) => root,
  })
  const article = reader.parse()
  if (!article?.content) return undefined
  return { title: article.title ?? '', prose: proseOf(article.content) }
}

function textOf(prose: Prose | undefined, { declared, body }: Metadata): string | undefined {
  const enough = declared ? MIN_DECLARED_WEIGHT : MIN_WEIGHT
  if (prose && weight(prose.text) >= enough) {
    // A front page is mostly links.
    const mostlyLinks = prose.linked > prose.text.length / 2
    if (declared || !mostlyLinks) return prose.text
  }
  const written = body === undefined ? '' : textOfHtml(body.replace(/\n/g, '<br>'))
  return weight(written) >= enough ? written : undefined
}

/** Characters, where one of a script that writes a syllable or a word per sign counts for three. */
const weight = (text: string): number =>
  text.length + 2 * (text.match(/[\u3040-\u9fff\uac00-\ud7af]/g)?.length ?? 0)

/** The only `<h1>`, if the title begins with it: then the rest of the title is the site's. */
function headingIn(title: string, { heading }: Metadata): string | undefined {
  return heading && title.startsWith(heading) && heading.length * 2 >= title.length ? heading : undefined
}

function withoutSite(title: string | undefined, site: string): string | undefined {
  if (!title || site === '' || !title.endsWith(site)) return title
  const rest = title.slice(0, -site.length)
  return /\s[|·•»:–—-]\s$/.test(rest) ? rest.slice(0, -3) : title
}
