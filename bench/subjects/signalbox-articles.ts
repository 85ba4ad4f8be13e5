import { api, resource } from '../../src/index.ts'
import { draft, type NewArticle } from './articles.ts'
import { Article } from './zod-schemas.ts'

/** Each account's own, with all standard methods, and an event for each change. */
export const articles = resource('article', { path: '/articles', schema: Article, owner: 'account_id' })

/** No more than anybody could ask for, so that counting is all that it costs. */
export const limit = { requests: 1_000_000_000, per: '1 minute' } as const

export const newsroom = api({
  title: 'Newsroom',
  version: '1',
  resources: [articles],
  limits: { account: limit },
})

const ROWS = 200

/** Makes what `rest` wants to find. Answers the id of the first. */
export async function fillWith(
  create: (draft: NewArticle & { tags: string[] }) => Promise<{ readonly id: string }>,
): Promise<string> {
  const own = { ...draft, tags: [...draft.tags] }
  const { id } = await create(own)
  for (let i = 2; i <= ROWS; i++) await create({ ...own, score: i / 4 })
  return id
}
