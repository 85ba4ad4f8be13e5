/** What a page says of its article in JSON-LD with schema.org's words. */
export interface ArticleData {
  /** Its titles, the likelier first. */
  readonly titles: readonly string[]
  readonly body?: string
  readonly link?: string
  readonly published?: string
  readonly keywords: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

const ARTICLE = /(?:Article|BlogPosting|SocialMediaPosting|Report)$/
const MAX_NODES = 500
const MAX_DEPTH = 6

/**
 * The first article in the blocks' arrays, graphs and nested entities. A block that is not JSON is passed
 * over.
 */
export function articleDataOf(blocks: Iterable<string>): ArticleData | undefined {
  for (const block of blocks) {
    const article = findArticle(parsed(block))
    if (article) return articleData(article)
  }
  return undefined
}

/**
 * Some sites wrap the block in a comment or in CDATA, and some break strings over lines, which JSON forbids.
 */
function parsed(block: string): unknown {
  const bare = block.replace(
    /^\s*(?:<!--|\/?\/?\*?\s*<!\[CDATA\[\s*(?:\*\/)?)|(?:-->|\/?\/?\*?\s*\]\]>\s*(?:\*\/)?)\s*;?\s*$/g,
    '',
  )
  for (const text of [bare, bare.replace(/[\r\n\t]+/g, ' ')]) {
    try {
      return JSON.parse(text)
    } catch {}
  }
  return undefined
}

/** Breadth first, so that the page's own article comes before one that it only mentions. */
function findArticle(root: unknown): Fields | undefined {
  let level: unknown[] = [root]
  let seen = 0
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: unknown[] = []
    for (const node of level) {
      seen += 1
      if (seen > MAX_NODES) return undefined
      if (isList(node)) next.push(...node.slice(0, MAX_NODES))
      else if (isFields(node)) {
        if (texts(node['@type']).some(type => ARTICLE.test(type))) return node
        next.push(node['@graph'], node['mainEntity'], node['mainEntityOfPage'])
      }
    }
    level = next.filter(node => typeof node === 'object' && node !== null)
  }
  return undefined
}

function articleData(article: Fields): ArticleData {
  const page = article['mainEntityOfPage']
  const body = first(article['articleBody'])
  const link = first(article['url']) ?? first(page) ?? (isFields(page) ? first(page['@id']) : undefined)
  const published = first(article['datePublished'])
  return {
    titles: [first(article['headline']), first(article['name'])].filter(title => title !== undefined),
    ...(body === undefined ? {} : { body }),
    ...(link === undefined ? {} : { link }),
    ...(published === undefined ? {} : { published }),
    keywords: texts(article['keywords']),
  }
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const first = (value: unknown): string | undefined => texts(value).find(text => text.trim() !== '')

/** A string, a list of strings, or defined terms (`{ "@type": "DefinedTerm", "name": "rail" }`). */
function texts(value: unknown): string[] {
  const list = isList(value) ? value : [value]
  return list.flatMap(item => {
    const text = isFields(item) ? (item['name'] ?? item['@value']) : item
    return typeof text === 'string' ? [text] : []
  })
}
