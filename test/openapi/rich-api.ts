import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { type Api, api, endpoint, event, operation, resource } from '../../src/contract/index.ts'
import type { Described } from '../../src/openapi/index.ts'

const Comment = z.object({
  text: z.string(),
  get replies() {
    return z.array(Comment)
  },
})

const Money = z.object({ amount: z.int().min(0), currency: z.enum(['EUR', 'USD']) }).meta({ id: 'Money' })

export const Article = z.object({
  id: z.string(),
  headline: z.string().min(1).max(200).describe('As readers see it'),
  score: z.number().default(0),
  subtitle: z.string().nullable(),
  state: z.enum(['draft', 'live']),
  price: Money.optional(),
  comments: z.array(Comment),
  place: z.tuple([z.number(), z.number()]),
  counts: z.record(z.string(), z.int()),
  titles: z.record(z.enum(['de', 'en']), z.string()),
  block: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), text: z.string() }),
    z.object({ kind: z.literal('image'), url: z.url(), price: Money }),
  ]),
  created_at: z.iso.datetime().default('2026-11-23T08:00:00Z').meta({ readOnly: true }),
})

export const articles = resource('article', {
  path: '/articles',
  schema: Article,
  owner: 'account_id',
  description: 'What the newsroom publishes.',
})

const Section = z.object({
  id: z.string(),
  name: z.string(),
  get parent() {
    return Section.optional()
  },
})

const sections = resource('section', {
  path: '/sections',
  schema: Section,
  owner: 'shared',
  open: ['list', 'get'],
})

const authors = resource('author', {
  path: '/authors',
  schema: type({
    id: 'string',
    name: 'string > 0',
    'born?': '0 < number.integer < 3000',
    mood: "'good'|'bad'",
  }),
  owner: 'account_id',
  methods: ['list', 'create'],
})

const Folder: v.GenericSchema<{ name: string; folders: unknown[] }> = v.object({
  name: v.string(),
  folders: v.array(v.lazy(() => Folder)),
})

const articleFeatured = event('article.featured', z.object({ id: z.string(), price: Money }), {
  description: 'An article went to the front page.',
})
const digestSent = event('digest.sent', Article)

const importArticles = operation('import_articles', {
  path: '/imports',
  input: z.object({ from: z.url() }),
  output: z.object({ count: z.int() }),
  run: async () => ({ count: 0 }),
})

export const newsroom: Api = api({
  title: 'Newsroom',
  version: '2026-11-22',
  base: '/v1',
  description: 'Articles for **other** applications.',
  resources: [articles, sections, authors],
  endpoints: {
    featureArticle: endpoint({
      method: 'POST',
      path: '/articles/{id}/feature',
      output: Article,
      problems: { 'no-such-article': 404, 'already-featured': 409 },
      emits: [articleFeatured],
    }),
    searchArticles: endpoint({
      method: 'GET',
      path: '/search',
      input: z.object({
        q: z.string().describe('Words to look for'),
        state: z.array(z.enum(['draft', 'live'])).optional(),
        most: Money.shape.amount.default(10),
      }),
      output: z.object({ hits: z.array(Article), suggestion: z.string().nullable() }),
      open: true,
      summary: 'Search articles',
    }),
    // Standard Schema's types and the library's differ in what a lazy schema is; the wire is the same.
    sortFolder: endpoint({
      method: 'PUT',
      path: '/folders/{path}',
      input: toStandardJsonSchema(Folder),
      output: toStandardJsonSchema(Folder),
    }),
    dropFolder: endpoint({ method: 'DELETE', path: '/folders/{name}', problems: { 'not-empty': 409 } }),
    startImport: endpoint({
      method: 'POST',
      path: importArticles.path,
      input: importArticles.input,
      output: z.object({ id: z.string(), state: z.literal('waiting'), progress: z.null() }),
      status: 202,
      location: ({ id }) => `/operations/${id}`,
    }),
  },
  operations: [importArticles],
  events: [digestSent],
})

/** What the tests describe, with terms of use. */
export const described: Described = {
  ...newsroom,
  events: [...newsroom.events.values()],
  license: { name: 'Terms of use', url: 'https://newsroom.test/terms' },
}
