import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import {
  api,
  endpoint,
  event,
  fileContent,
  type HandlerOf,
  operation,
  resource,
  type StoredFile,
} from '../../src/contract/index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only where `T` is `true`. */
const holds = <T extends true>(): T | undefined => undefined

const Article = z.object({
  id: z.string(),
  headline: z.string(),
  score: z.number().default(0),
  featured: z.boolean().default(false),
})
const articles = resource('article', { path: '/articles', schema: Article, owner: 'account_id' })
const articleFeatured = event('article.featured', z.object({ id: z.string(), score: z.number() }))
const other = event('other.thing', z.object({ x: z.number() }))

const featureArticle = endpoint({
  method: 'POST',
  path: '/articles/{id}/feature/{section}',
  input: z.object({ at: z.iso.datetime().optional() }),
  output: Article,
  problems: { 'already-featured': 409, 'no-such-article': 404 },
  emits: [articleFeatured],
  prepare: async ({ params }) => ({ rank: params.section.length }),
  handle: async ({ params, input, on, emit, fail, prepared, account }) => {
    const article = (await on(articles).get(params.id)) ?? fail('no-such-article')
    if (article.featured) throw fail('already-featured')
    holds<Equal<typeof article, z.output<typeof Article>>>()
    holds<Equal<typeof params, { readonly id: string; readonly section: string }>>()
    holds<Equal<typeof input.at, string | undefined>>()
    holds<Equal<typeof prepared, { rank: number }>>()
    holds<Equal<typeof account, string>>()
    emit(articleFeatured, { id: article.id, score: article.score + prepared.rank })
    // @ts-expect-error another event was not declared by this endpoint
    emit(other, { x: 1 })
    // @ts-expect-error wrong data
    emit(articleFeatured, { id: 1 })
    // @ts-expect-error an undeclared problem
    if (params.id === '') throw fail('nope')
    // @ts-expect-error no such parameter
    params.nothing
    // @ts-expect-error the id is made by the server
    await on(articles).create({ id: 'x', headline: 'x' })
    await on(articles).create({ headline: 'defaults are optional' })
    return await on(articles).patch(params.id, { featured: true })
  },
})

const countries = resource('country', {
  path: '/countries',
  schema: z.object({ id: z.string(), code: z.string() }),
  owner: 'shared',
})
const authors = resource('author', {
  path: '/authors',
  schema: z.object({ id: z.string(), name: z.string(), country_id: z.string().nullable() }),
  owner: 'account_id',
  relations: { country: { to: countries, by: 'country_id' } },
})
const Note = z.object({
  id: z.string(),
  text: z.string(),
  author_id: z.string(),
  on_id: z.string().nullable(),
})
const notes = resource('note', {
  path: '/notes',
  schema: Note,
  owner: 'account_id',
  relations: { author: { to: authors, by: 'author_id' }, on: { to: 'self', by: 'on_id' } },
})

const listNotes = endpoint({
  method: 'GET',
  path: '/told',
  output: z.array(z.string()),
  handle: async ({ on }) => {
    const { data } = await on(notes).list({ limit: 5, expand: ['author.country', 'on.author'] })
    const [note] = data
    holds<Equal<NonNullable<typeof note>['text'], string>>()
    const author = note?.author
    holds<Equal<NonNullable<typeof author>['name'], string>>()
    const country = author?.country
    holds<Equal<typeof country, { id: string; code: string } | null | undefined>>()
    const name = note?.on?.author?.name
    holds<Equal<typeof name, string | undefined>>()
    // @ts-expect-error it was not asked for
    note?.on?.on
    const one = await on(notes).get('note_1', { expand: ['author'] })
    // @ts-expect-error its country was not asked for
    one?.author?.country
    // @ts-expect-error no such relation
    await on(notes).list({ expand: ['editor'] })
    // @ts-expect-error no such relation behind it
    await on(notes).list({ expand: ['author.editor'] })
    // @ts-expect-error nothing is behind its rows
    await on(countries).list({ expand: ['author'] })
    const plain = await on(notes).get('note_1')
    holds<Equal<typeof plain, z.output<typeof Note> | undefined>>()
    return [one?.author?.name ?? '']
  },
})

const withArktype = endpoint({
  method: 'GET',
  path: '/b/{id}',
  output: type({ n: 'number' }),
  open: true,
  handle: ({ params, account }) => {
    holds<Equal<typeof account, string | undefined>>()
    return { n: params.id.length }
  },
})

const withValibot = endpoint({
  method: 'POST',
  path: '/c',
  input: toStandardJsonSchema(v.object({ s: v.string() })),
  output: toStandardJsonSchema(v.object({ n: v.number() })),
  handle: ({ input }) => ({ n: input.s.length }),
})

const withoutOutput = endpoint({
  method: 'DELETE',
  path: '/d/{id}',
  handle: async ({ on, params }) => {
    await on(articles).delete(params.id)
  },
})

endpoint({
  method: 'GET',
  path: '/e/{id}',
  output: Article,
  problems: { gone: 410 },
  handle: async ({ on, params, fail, sql, ...rest }) => {
    // @ts-expect-error a GET only reads
    const write = on(articles).create
    assert.equal(write, undefined)
    // @ts-expect-error a GET only reads
    void sql.run
    // @ts-expect-error a GET emits nothing
    void rest.emit
    return (await on(articles).get(params.id)) ?? fail('gone')
  },
})

const elsewhere = endpoint({
  method: 'POST',
  path: '/e/{id}',
  output: Article,
  emits: [articleFeatured, other],
})
const handleElsewhere: HandlerOf<typeof elsewhere> = async ({ emit, on, params, fail }) => {
  emit(other, { x: 1 })
  emit(articleFeatured, { id: 'a', score: 1 })
  // @ts-expect-error wrong data for that one
  emit(other, { id: 'a', score: 1 })
  return (await on(articles).get(params.id)) ?? fail('x' as never)
}

const handleBeforePrepare = endpoint({
  method: 'POST',
  path: '/f/{id}',
  output: Article,
  problems: { gone: 410 },
  handle: async ({ on, params, fail, prepared }) => {
    holds<Equal<typeof prepared, { k: number }>>()
    return (await on(articles).get(params.id)) ?? fail('gone')
  },
  prepare: async () => ({ k: 1 }),
})

const imports = operation('import', {
  path: '/imports',
  input: z.object({ url: z.url(), deep: z.boolean().default(false) }),
  output: z.object({ articles: z.array(z.string()) }),
  problems: { unreachable: 422 },
  emits: [other],
  memory: z.object({ next: z.number() }),
  run: async ({ input, remembered, step, fail }) => {
    holds<Equal<typeof input.deep, boolean>>()
    holds<Equal<typeof remembered, { next: number } | undefined>>()
    // @ts-expect-error an undeclared problem
    if (input.url === '') throw fail('nope')
    const id = await step(async ({ on, emit, remember, progress }) => {
      const article = await on(articles).create({ headline: input.url })
      emit(other, { x: 1 })
      // @ts-expect-error this operation does not emit it
      emit(articleFeatured, { id: 'a', score: 1 })
      remember({ next: 1 })
      progress({ done: 1, total: null })
      return article.id
    })
    return { articles: [id] }
  },
})

const startsImport = endpoint({
  method: 'POST',
  path: '/g',
  output: z.object({ id: z.string() }),
  handle: async ({ start }) => {
    // @ts-expect-error the url is missing
    await start(imports, {})
    return { id: await start(imports, { url: 'https://example.com' }) }
  },
})

endpoint({
  method: 'GET',
  path: '/b/{id}',
  output: type({ n: 'number' }),
  // @ts-expect-error wrong output
  handle: ({ params }) => ({ n: params.id }),
})
const OnlyId = z.object({ id: z.string() })
// @ts-expect-error an owner is not optional: rows without one would be everybody's
assert.throws(() => resource('thing', { path: '/things', schema: OnlyId }), /whose rows/)
const WithoutId = z.object({ a: z.string() })
// @ts-expect-error rows need an id
assert.throws(() => resource('t', { path: '/t', schema: WithoutId, owner: 'shared' }), /no `id`/)

const withFiles = endpoint({
  method: 'PUT',
  path: '/h',
  input: z.object({ caption: z.string() }),
  files: { image: { types: ['image/png'] }, sketch: { optional: true } },
  output: z.object({ id: z.string() }),
  prepare: async ({ files }) => files.image.sha256,
  handle: ({ files, input, prepared }) => {
    holds<Equal<typeof files.image, StoredFile>>()
    holds<Equal<typeof files.sketch, StoredFile | undefined>>()
    holds<Equal<typeof input, { caption: string }>>()
    holds<Equal<typeof prepared, string>>()
    // @ts-expect-error no such file
    files.other
    return files.image
  },
})

const answersFile = endpoint({
  method: 'GET',
  path: '/h',
  output: fileContent(),
  // @ts-expect-error what has no id is no file
  handle: () => ({ name: 'x' }),
})

test('files are inferred by their names, and those that may be left out as such', () => {
  const routes = api({ title: 'T', version: '1', endpoints: { withFiles, answersFile } }).routes
  assert.deepEqual(
    routes.map(route => [route.files?.map(file => [file.name, file.optional]), route.content?.types]),
    [
      [
        [
          ['image', false],
          ['sketch', true],
        ],
        undefined,
      ],
      [undefined, ['*/*']],
    ],
  )
})

test('rows that are expanded are inferred by the relations that are named, and no others can be', () => {
  assert.deepEqual(Object.keys(notes.relations), ['author', 'on'])
  assert.equal(notes.relations['on']?.to.name, 'note')
  assert.equal(listNotes.method, 'GET')
})

test('one literal infers parameters, input, output, events, problems and what prepare answered', () => {
  const newsroom = api({
    title: 'Newsroom',
    version: '2026-11-23',
    base: '/v1',
    resources: [articles],
    operations: [imports],
    endpoints: {
      featureArticle,
      withArktype,
      withValibot,
      withoutOutput,
      elsewhere,
      handleBeforePrepare,
      startsImport,
    },
  })
  holds<Equal<typeof newsroom.endpoints.featureArticle, typeof featureArticle>>()
  assert.equal(typeof handleElsewhere, 'function')
  assert.deepEqual(
    newsroom.routes.map(r => `${r.method} ${r.path} ${r.name} ${r.status}`),
    [
      'GET /v1/articles listArticles 200',
      'GET /v1/articles/{id} getArticle 200',
      'POST /v1/articles createArticle 201',
      'PUT /v1/articles/{id} replaceArticle 200',
      'PATCH /v1/articles/{id} updateArticle 200',
      'DELETE /v1/articles/{id} deleteArticle 204',
      'POST /v1/articles/{id}/feature/{section} featureArticle 200',
      'GET /v1/b/{id} withArktype 200',
      'POST /v1/c withValibot 200',
      'DELETE /v1/d/{id} withoutOutput 204',
      'POST /v1/e/{id} elsewhere 200',
      'POST /v1/f/{id} handleBeforePrepare 200',
      'POST /v1/g startsImport 200',
    ],
  )
})
