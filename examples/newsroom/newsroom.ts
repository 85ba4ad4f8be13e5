import { api, endpoint, event, fileContent, operation, resource, schedule, task } from 'signalbox'
import { files } from 'signalbox/files'
import * as z from 'zod'
import { type Draft, ImportRefused, readSource } from './import/source.ts'

const Author = z.object({ id: z.string(), name: z.string().min(1).max(200) })

export const authors = resource('author', {
  path: '/authors',
  schema: Author,
  owner: 'account_id',
  sort: ['name'],
  description: 'Who writes the articles.',
})

/** A news article without the page around it. */
const Article = z.object({
  id: z.string(),
  headline: z.string().min(1).max(500),
  link: z.url().max(2048).describe('Where the article was published'),
  text: z.string().max(500_000).describe('The article in plain text, paragraphs apart by empty lines'),
  tags: z.array(z.string().min(1).max(60)).max(20).default([]),
  score: z.number().default(0).describe('What readers made of it'),
  published_at: z.iso.datetime().nullable().default(null),
  image: z
    .object({ id: z.string(), type: z.string(), size: z.int() })
    .optional()
    .meta({ readOnly: true, description: 'Its bytes are at /articles/{id}/image' }),
  author_id: z.string().nullable().default(null),
})

export const articles = resource('article', {
  path: '/articles',
  schema: Article,
  owner: 'account_id',
  filter: ['score', 'tags', 'published_at', 'link'],
  sort: ['published_at', 'score'],
  fields: true,
  relations: { author: { to: authors, by: 'author_id' } },
  // A script that counts readers writes scores into the table by itself.
  watch: true,
  bulk: true,
  jsonPatch: true,
  description: 'News articles, read out of web pages and feeds.',
})

const articleFeatured = event(
  'article.featured',
  z.object({ id: z.string(), headline: z.string(), score: z.number() }),
  {
    description: 'An editor put an article on the front page.',
  },
)

const featureArticle = endpoint({
  method: 'POST',
  path: '/articles/{id}/feature',
  output: Article,
  problems: { 'not-found': 404 },
  emits: [articleFeatured],
  // The front page is not for every key that writes articles.
  scope: 'articles:feature',
  audit: 'article.featured',
  summary: 'Put an article on the front page',
  handle: async ({ params, on, emit, fail }) => {
    const article = (await on(articles).get(params.id)) ?? fail('not-found')
    emit(articleFeatured, { id: article.id, headline: article.headline, score: article.score })
    return article
  },
})

const setImage = endpoint({
  method: 'PUT',
  path: '/articles/{id}/image',
  files: { image: { types: ['image/png', 'image/jpeg', 'image/webp'], maxBytes: 5 * 2 ** 20 } },
  output: Article,
  problems: { 'not-found': 404 },
  summary: 'Set the image of an article',
  handle: async ({ params, files: { image }, on, fail }) => {
    const before = (await on(articles).get(params.id)) ?? fail('not-found')
    if (before.image !== undefined) await on(files).delete(before.image.id)
    return on(articles).patch(params.id, { image })
  },
})

const getImage = endpoint({
  method: 'GET',
  path: '/articles/{id}/image',
  output: fileContent({ types: ['image/png', 'image/jpeg', 'image/webp'] }),
  problems: { 'not-found': 404 },
  summary: 'Get the image of an article',
  handle: async ({ params, on, fail }) => (await on(articles).get(params.id))?.image ?? fail('not-found'),
})

/** Words, and tags, in one search. */
const MOST = 20

const searchArticles = endpoint({
  method: 'QUERY',
  path: '/articles',
  input: z.object({
    words: z.array(z.string().min(1).max(100)).min(1).max(MOST).describe('All of them must stand in it'),
    tags: z.array(z.string()).max(MOST).default([]).describe('One of these, where there are any'),
    limit: z.int().min(1).max(50).default(20),
  }),
  output: z.object({ articles: z.array(Article) }),
  summary: 'Search articles',
  description: 'By words in the headline and the text, in any case, the newest first.',
  handle: async ({ input, on, sql, account }) => {
    const tags = input.tags.map(tag => JSON.stringify(tag))
    const rows = await sql.all(
      searchSql(tags.length > 0),
      account,
      input.limit,
      ...filled(input.words),
      ...(tags.length > 0 ? filled(tags) : []),
    )
    const found = await Promise.all(rows.map(({ id }) => on(articles).get(String(id))))
    return { articles: found.filter(article => article !== undefined) }
  },
})

/** As many as that, whatever there are: so a search is one of two statements. */
const filled = (texts: readonly string[]): readonly string[] =>
  Array.from({ length: MOST }, (_, i) => texts[i] ?? texts[0] ?? '')

/** In the words of SQLite and of PostgreSQL. Tags are looked for as they stand in their JSON, with their quotes. */
function searchSql(hasTags: boolean): string {
  const stands = (part: string, whole: string): string => `replace(${whole}, ${part}, '') <> ${whole}`
  const all = (first: number, one: (value: string) => string): readonly string[] =>
    Array.from({ length: MOST }, (_, i) => one(`$${first + i}`))
  const words = all(3, word => stands(`lower(${word})`, "lower(headline || ' ' || text)"))
  const tags = all(3 + MOST, tag => stands(tag, 'cast(tags as text)'))
  return `select id from articles where account_id = $1 and ${words.join(' and ')}
    ${hasTags ? `and (${tags.join(' or ')})` : ''} order by id desc limit $2`
}

const importArticles = operation('import', {
  path: '/imports',
  input: z.object({
    url: z.url({ protocol: /^https?$/ }).describe('A page with an article, or an RSS, Atom or JSON feed'),
  }),
  output: z.object({
    articles: z.array(z.string()).describe('The ids of the articles, new and known ones'),
    skipped: z
      .array(z.object({ url: z.string(), reason: z.string() }))
      .describe('What the feed lists and could not be read'),
  }),
  problems: { 'import-refused': 422 },
  memory: z.object({
    articles: z.array(z.string()),
    skipped: z.array(z.object({ url: z.string(), reason: z.string() })),
    done: z.int(),
  }),
  // Each makes this server fetch pages of others.
  limit: { requests: 120, per: '1 minute' },
  summary: 'Import an article, or all articles of a feed',
  description: 'Answers at once. Read the operation to follow it; its result has the ids of the articles.',
  run: async ({ input, remembered, step, fetch, signal, fail }) => {
    const source = await readSource(input.url, fetch, signal).catch((error: unknown) =>
      fail('import-refused', refusalText(error)),
    )
    const found =
      source.kind === 'page'
        ? [source.article]
        : source.links.map(link => source.drafts.find(d => d.link === link) ?? link)
    // A run that resumes after a crash goes on behind the last article that was committed.
    let memory = remembered ?? { articles: [], skipped: [], done: 0 }
    for (const item of found.slice(memory.done)) {
      const draft = typeof item === 'string' ? await readArticle(item, fetch, signal) : item
      memory = await step(async ({ on, progress, remember }) => {
        const next = { ...memory, done: memory.done + 1 }
        if ('reason' in draft) next.skipped = [...memory.skipped, draft]
        else {
          const [known] = (await on(articles).list({ where: { link: draft.link }, limit: 1 })).data
          const article = { ...draft, tags: [...draft.tags] }
          const rows = on(articles)
          const { id } =
            known === undefined ? await rows.create(article) : await rows.patch(known.id, article)
          next.articles = [...memory.articles, id]
        }
        remember(next)
        progress({ done: next.done, total: found.length })
        return next
      })
    }
    return { articles: memory.articles, skipped: memory.skipped }
  },
})

/** An article that a feed lists, or why it could not be read: one bad page does not end the import of the others. */
async function readArticle(
  url: string,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Draft | { url: string; reason: string }> {
  try {
    const source = await readSource(url, fetch, signal)
    return source.kind === 'page' ? source.article : { url, reason: 'It is a feed, not an article.' }
  } catch (error) {
    return { url, reason: refusalText(error) }
  }
}

/** What the user may know; everything else is a fault of ours and goes on. */
function refusalText(error: unknown): string {
  if (error instanceof ImportRefused) return error.message
  throw error
}

/** What readers made of an article counts a little less every night. */
const fade = task('fade', {
  input: z.object({}),
  memory: z.object({ faded: z.boolean() }),
  run: async ({ remembered, step }) => {
    // A run that is begun again must not do it twice.
    if (remembered?.faded === true) return
    await step(async ({ sql, remember }) => {
      await sql.run('update articles set score = round(score * 9) / 10 where score > 0')
      remember({ faded: true })
    })
  },
})

const nightly = schedule('nightly', {
  cron: '0 4 * * *',
  timezone: 'Europe/Berlin',
  task: fade,
  input: () => ({}),
})

export const newsroom = api({
  title: 'Newsroom',
  version: '2026-11-23',
  base: '/v1',
  suffixes: true,
  description: 'The articles of the news, without scraping their pages.',
  license: { name: 'MIT', identifier: 'MIT' },
  keyPrefix: 'news',
  resources: [articles, authors],
  endpoints: { featureArticle, setImage, getImage, searchArticles },
  operations: [importArticles],
  schedules: [nightly],
})
