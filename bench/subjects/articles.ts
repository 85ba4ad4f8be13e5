import { randomUUID } from 'node:crypto'

/** What a caller sends. */
export interface NewArticle {
  readonly headline: string
  readonly body: string
  readonly link: string
  readonly tags: readonly string[]
  readonly score: number
  readonly published_at: string
}

export interface Article extends NewArticle {
  readonly id: string
}

export const draft: NewArticle = {
  headline: 'Ferry line reopens after nine years of work on the northern quay',
  body: 'The first boat left at six with eleven passengers and a crate of oranges. '.repeat(5).trim(),
  link: 'https://newsroom.example/2026/11/ferry-line-reopens?from=api',
  tags: ['transport', 'harbour', 'city'],
  score: 7.5,
  published_at: '2026-11-22T06:00:00.000Z',
}

const stored = new Map<string, Article>()
for (let i = 1; i <= 200; i++) stored.set(`art_${i}`, { id: `art_${i}`, ...draft, score: i / 4 })
const newest = [...stored.values()].reverse()

export const FIRST = 'art_1'

export const get = (id: string): Article | undefined => stored.get(id)

export const list = (limit: number): { readonly data: readonly Article[]; readonly next: string | null } => {
  const data = newest.slice(0, limit)
  return { data, next: data.at(-1)?.id ?? null }
}

export const add = (value: NewArticle): Article => {
  const article: Article = { id: `art_${randomUUID()}`, ...value }
  stored.set(article.id, article)
  return article
}
