import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { validate } from '@hyperjump/json-schema/openapi-3-2'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { z } from 'zod'
import { type Api, api, endpoint } from '../../src/contract/index.ts'
import { type OpenApiDocument, openApiDocument } from '../../src/openapi/index.ts'
import { Article, articles, described, newsroom } from './rich-api.ts'

const document = openApiDocument(described)
const text = JSON.stringify(document)

/** What stands at the end of these member names. */
const inside = (root: unknown, ...names: readonly string[]): unknown =>
  names.reduce((part, name) => (isObject(part) ? part[name] : undefined), root)

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null

const at = (...names: readonly string[]): unknown => inside(document, ...names)
const schema = (...names: readonly string[]): unknown => at('components', 'schemas', ...names)
const operation = (method: string, path: string, ...names: readonly string[]): unknown =>
  at('paths', path, method, ...names)

const target = (reference: unknown): unknown => at(...String(reference).split('/').slice(1))

const entries = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : [])

/** Every operation, with its method and path. */
const operations = entries(document.paths).flatMap(([path, item]) =>
  entries(item).flatMap(([method, found]) => (method === 'parameters' ? [] : [{ method, path, found }])),
)

function* referencesIn(value: unknown): Generator<string> {
  if (!isObject(value)) return
  if (typeof value['$ref'] === 'string') yield value['$ref']
  for (const part of Object.values(value)) yield* referencesIn(part)
}

/** The codes that the reference shows for one answer. */
const codesOf = (method: string, path: string, status: string): unknown =>
  inside(
    target(operation(method, path, 'responses', status, '$ref')),
    ...['content', 'application/problem+json', 'schema', 'allOf', '1', 'properties', 'code', 'enum'],
  )

const documentOf = (made: Api): OpenApiDocument => openApiDocument({ ...made, events: made.events.values() })

describe('the document', () => {
  test('is valid by the schema of OpenAPI 3.2', async () => {
    const output = await validate('https://spec.openapis.org/oas/3.2/schema-base', JSON.parse(text), 'BASIC')
    assert.deepEqual(output, { valid: true })
  })

  test('has nothing that the recommended rules of Redocly warn of', async () => {
    const config = await createConfig({ extends: ['recommended'] })
    const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config })
    assert.deepEqual(
      found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
      [],
    )
  })

  test('refers only to what it contains', () => {
    const references = [...referencesIn(document)]
    assert.ok(references.length > 100)
    assert.deepEqual(
      references.filter(reference => target(reference) === undefined),
      [],
    )
  })

  test('is the same text each time', () => {
    assert.equal(JSON.stringify(openApiDocument(described)), text)
  })

  test('describes every method and path, and a path once whatever its parameters are called', () => {
    const shown = operations.map(
      ({ method, path, found }) => `${String(inside(found, 'operationId'))} ${method} ${path}`,
    )
    const routes = newsroom.routes.map(
      ({ name, method, path }) => `${name} ${method.toLowerCase()} ${path.replace('{name}', '{path}')}`,
    )
    assert.deepEqual(new Set(shown), new Set(routes))
    assert.equal(shown.length, routes.length)
    assert.deepEqual(Object.keys(at('paths', '/v1/folders/{path}') ?? {}), ['parameters', 'put', 'delete'])
  })

  test('groups by the first segment, with the words of the resource that lies there', () => {
    assert.deepEqual(document.tags.slice(0, 2), [
      { name: 'articles', description: 'What the newsroom publishes.' },
      { name: 'sections', description: 'What is under /v1/sections.' },
    ])
  })
})

describe('an operation', () => {
  test('takes the members of a query as parameters, a list by repeating it', () => {
    assert.deepEqual(operation('get', '/v1/search', 'parameters'), [
      {
        name: 'q',
        in: 'query',
        description: 'Words to look for',
        required: true,
        schema: { type: 'string' },
      },
      {
        name: 'state',
        in: 'query',
        explode: true,
        schema: { type: 'array', items: { type: 'string', enum: ['draft', 'live'] } },
      },
      { name: 'most', in: 'query', schema: { default: 10, type: 'integer', minimum: 0, format: 'int64' } },
      { $ref: '#/components/parameters/IfNoneMatch' },
    ])
  })

  test('takes a change as a merge patch, as plain JSON, as XML and as a form', () => {
    const change = { schema: { $ref: '#/components/schemas/ArticleChange' } }
    const inXml = { schema: { ...change.schema, xml: { name: 'article' } } }
    assert.deepEqual(operation('patch', '/v1/articles/{id}', 'requestBody'), {
      required: true,
      content: {
        'application/merge-patch+json': change,
        'application/json': change,
        'application/xml': inXml,
        'text/xml': inXml,
        'application/x-www-form-urlencoded': change,
      },
    })
  })

  test('answers a list in JSON and XML, and row by row as CSV and NDJSON', () => {
    const content = operation('get', '/v1/articles', 'responses', '200', 'content')
    const page = { $ref: '#/components/schemas/ArticlePage' }
    const inXml = { schema: { ...page, xml: { name: 'articles' } } }
    assert.deepEqual(content, {
      'application/json': { schema: page },
      'application/xml': inXml,
      'text/xml': inXml,
      'text/csv': { schema: { type: 'string', description: 'A header, and a line for each row.' } },
      'application/x-ndjson': { itemSchema: { $ref: '#/components/schemas/Article' } },
    })
  })

  test('takes an Idempotency-Key where it changes something for an account, and nowhere else', () => {
    const taking = operations.filter(({ found }) =>
      [...referencesIn(inside(found, 'parameters'))].includes('#/components/parameters/IdempotencyKey'),
    )
    assert.deepEqual(
      taking.map(({ found }) => inside(found, 'operationId')),
      [
        'createArticle',
        'replaceArticle',
        'updateArticle',
        'deleteArticle',
        'createAuthor',
        'featureArticle',
        'sortFolder',
        'dropFolder',
        'startImport',
      ],
    )
  })

  test('takes If-Match where a GET shows what it changes, and If-None-Match where it reads', () => {
    const conditions = (method: string, path: string) =>
      [...referencesIn(operation(method, path, 'parameters'))].filter(each => each.includes('/If'))
    assert.deepEqual(conditions('patch', '/v1/articles/{id}'), ['#/components/parameters/IfMatch'])
    assert.deepEqual(conditions('get', '/v1/articles/{id}'), ['#/components/parameters/IfNoneMatch'])
    assert.deepEqual(conditions('post', '/v1/articles'), [])
    assert.equal(
      inside(operation('get', '/v1/articles/{id}', 'responses', '304'), '$ref'),
      '#/components/responses/NotModified',
    )
    assert.equal(operation('patch', '/v1/articles/{id}', 'responses', '304'), undefined)
  })

  test('says where what it made is found', () => {
    const headers = (method: string, path: string, status: string) =>
      Object.keys(operation(method, path, 'responses', status, 'headers') ?? {})
    assert.deepEqual(headers('post', '/v1/articles', '201'), ['Request-Id', 'Location', 'ETag'])
    assert.deepEqual(headers('post', '/v1/imports', '202'), ['Request-Id', 'Location'])
    assert.deepEqual(headers('get', '/v1/articles', '200'), ['Request-Id', 'ETag'])
  })

  test('gives every answer a Request-Id', () => {
    const answers = operations.flatMap(({ found }) =>
      entries(inside(found, 'responses')).map(([, each]) => each),
    )
    const bare = answers.filter(each => {
      const response = inside(each, '$ref') === undefined ? each : target(inside(each, '$ref'))
      return inside(response, 'headers', 'Request-Id') === undefined
    })
    assert.ok(answers.length > 50)
    assert.deepEqual(bare, [])
  })

  test('needs no key where it is open', () => {
    assert.deepEqual(operation('get', '/v1/search', 'security'), [])
    // A wrong key is refused there too.
    const refused = { $ref: '#/components/responses/Problem401KeyRefused' }
    assert.deepEqual(operation('get', '/v1/search', 'responses', '401'), refused)
    const scopes = ['articles:read']
    assert.deepEqual(operation('get', '/v1/articles', 'security'), [{ bearer: scopes }, { basic: scopes }])
    assert.deepEqual(document.security, [{ bearer: [] }, { basic: [] }])
  })
})

describe('the problems of an operation', () => {
  test('are its own and the ones that its form brings along, by status', () => {
    const path = '/v1/articles/{id}/feature'
    const statuses = entries(operation('post', path, 'responses')).map(([status]) => status)
    assert.deepEqual(Object.fromEntries(statuses.map(status => [status, codesOf('post', path, status)])), {
      200: undefined,
      400: ['bad-request', 'invalid-idempotency-key'],
      401: ['key-missing', 'key-refused'],
      403: ['address-refused', 'mode-refused', 'scope-missing'],
      404: ['not-found', 'no-such-article'],
      406: ['not-acceptable'],
      409: ['request-in-progress', 'already-featured'],
      412: ['precondition-failed'],
      422: ['idempotency-key-reused'],
      429: ['rate-limited'],
      500: ['internal-error'],
      503: ['unavailable'],
    })
  })

  test('of a body are that it cannot be read, is too large, of another type, or does not fit', () => {
    const codes = (status: string) => codesOf('put', '/v1/folders/{path}', status)
    assert.deepEqual(codes('400'), ['bad-request', 'malformed-body', 'invalid-idempotency-key'])
    assert.deepEqual(codes('413'), ['body-too-large'])
    assert.deepEqual(codes('415'), ['unsupported-media-type', 'unsupported-encoding'])
    assert.deepEqual(codes('422'), ['invalid-input', 'idempotency-key-reused'])
  })

  test('of a list are those of its query and its cursor', () => {
    assert.deepEqual(codesOf('get', '/v1/articles', '400'), ['invalid-query', 'invalid-cursor'])
    assert.deepEqual(codesOf('get', '/v1/search', '400'), ['invalid-query'])
  })

  test('are one component for all operations that share them', () => {
    const shared = { $ref: '#/components/responses/Problem401KeyMissingOrKeyRefused' }
    assert.deepEqual(operation('get', '/v1/articles', 'responses', '401'), shared)
    assert.deepEqual(operation('delete', '/v1/articles/{id}', 'responses', '401'), shared)
  })
})

describe('the schemas', () => {
  test('are called after resources, endpoints, events, and the properties that hold them', () => {
    assert.deepEqual(Object.keys(schema() ?? {}), [
      ...['Article', 'ArticleChange', 'ArticleComments', 'ArticleCreatedEvent', 'ArticleDeletedEvent'],
      ...['ArticleFeaturedData', 'ArticleFeaturedEvent', 'ArticlePage', 'ArticleUpdatedEvent'],
      ...['Author', 'AuthorCreatedEvent', 'AuthorDeletedEvent', 'AuthorPage', 'AuthorUpdatedEvent'],
      ...['DigestSentEvent', 'ImportArticlesCanceledData', 'ImportArticlesCanceledEvent'],
      ...['ImportArticlesFailedData', 'ImportArticlesFailedEvent', 'ImportArticlesResult'],
      ...['ImportArticlesSucceededData', 'ImportArticlesSucceededEvent'],
      ...['Money', 'NewArticle', 'NewAuthor', 'Problem', 'SearchArticlesOutput'],
      ...['Section', 'SectionCreatedEvent', 'SectionDeletedEvent', 'SectionPage', 'SectionUpdatedEvent'],
      ...['SortFolderInput', 'SortFolderOutput', 'StartImportInput', 'StartImportOutput'],
    ])
  })

  test('contain the rows of a resource by reference, in pages and anywhere else', () => {
    const row = { $ref: '#/components/schemas/Article' }
    const item = { ...row, xml: { name: 'article' } }
    assert.deepEqual(schema('ArticlePage', 'properties', 'data', 'items'), item)
    assert.deepEqual(schema('SearchArticlesOutput', 'properties', 'hits', 'items'), row)
    assert.deepEqual(schema('DigestSentEvent', 'properties', 'data'), row)
  })

  test('that are the same are one, and the second name is an alias', () => {
    assert.deepEqual(schema('SortFolderOutput'), { $ref: '#/components/schemas/SortFolderInput' })
  })

  test('refer to themselves where they are recursive, however the library writes it', () => {
    for (const [name, ...path] of [
      ['Section', 'parent'],
      ['SortFolderInput', 'folders', 'items'],
      ['ArticleComments', 'replies', 'items'],
    ] as const) {
      assert.deepEqual(schema(name, 'properties', ...path), { $ref: `#/components/schemas/${name}` })
    }
  })

  test('keep the name that was given to a part of them', () => {
    assert.deepEqual(schema('Article', 'properties', 'price'), { $ref: '#/components/schemas/Money' })
  })

  test('are open to members that come later', () => {
    assert.equal(text.includes('"additionalProperties":false'), false)
    assert.deepEqual(schema('Article', 'properties', 'counts'), {
      type: 'object',
      additionalProperties: { type: 'integer', format: 'int64' },
    })
  })

  test('list the members of a record whose names are listed', () => {
    const title = { type: 'string' }
    assert.deepEqual(schema('Article', 'properties', 'titles'), {
      type: 'object',
      required: ['de', 'en'],
      properties: { de: title, en: title },
    })
  })

  test('leave alone what only looks like a keyword', () => {
    const output = z.object({
      additionalProperties: z.literal('#'),
      $ref: z.string().default('#/$defs/none'),
    })
    const odd = endpoint({ method: 'GET', path: '/odd', output })
    const made = documentOf(api({ title: 'Odd', version: '1', endpoints: { odd } }))
    assert.deepEqual(inside(made.components, 'schemas', 'OddOutput', 'properties'), {
      additionalProperties: { type: 'string', const: '#' },
      $ref: { default: '#/$defs/none', type: 'string' },
    })
  })

  test('with one name for two different ones are refused, with both places', () => {
    const output = z.object({ a: z.string() })
    const clash = endpoint({ method: 'GET', path: '/clash', output, names: { output: 'Article' } })
    const made = api({ title: 'Clash', version: '1', resources: [articles], endpoints: { clash } })
    assert.throws(() => documentOf(made), {
      name: 'DefinitionError',
      message:
        /^endpoint GET \/clash, output: the schema name 'Article' belongs to another .* \(endpoint GET \/articles, rows\)/,
    })
  })

  test('with one name for the same one twice are one', () => {
    const same = endpoint({ method: 'GET', path: '/same', output: Article, names: { output: 'Article' } })
    const made = documentOf(api({ title: 'Same', version: '1', resources: [articles], endpoints: { same } }))
    assert.deepEqual(inside(made.components, 'schemas', 'Article'), schema('Article'))
  })
})

describe('the webhooks', () => {
  test('are one for each event type, with the headers of every signature', () => {
    assert.deepEqual(Object.keys(document.webhooks), [...newsroom.events.keys()])
    const headers = [...referencesIn(at('webhooks', 'article.featured', 'post', 'parameters'))]
    assert.deepEqual(
      headers.map(reference => inside(target(reference), 'name')),
      [
        'webhook-id',
        'webhook-timestamp',
        'webhook-signature',
        'x-twilio-signature',
        'stripe-signature',
        'x-hub-signature-256',
      ],
    )
    // Which signature comes is the webhook's choice.
    assert.deepEqual(
      headers.map(reference => inside(target(reference), 'required')),
      [true, true, false, false, false, false],
    )
  })

  test('show the body in each format that a webhook can have; the root element in XML is the event', () => {
    const content = at('webhooks', 'article.featured', 'post', 'requestBody', 'content')
    assert.deepEqual(
      entries(content).map(([type]) => type),
      ['application/json', 'application/xml', 'application/x-www-form-urlencoded'],
    )
    assert.deepEqual(schema('ArticleFeaturedEvent', 'xml'), { name: 'event' })
    const form = inside(content, 'application/x-www-form-urlencoded', 'schema')
    assert.deepEqual(inside(form, 'required'), ['id', 'type', 'at'])
    assert.match(String(inside(form, 'description')), /data\.score=12\.5/)
  })

  test('show the row after a change, before it, or both; another event shows its data', () => {
    assert.deepEqual(schema('ArticleCreatedEvent', 'required'), ['id', 'type', 'at', 'data'])
    assert.deepEqual(schema('ArticleUpdatedEvent', 'required'), ['id', 'type', 'at', 'data', 'before'])
    assert.deepEqual(schema('ArticleDeletedEvent', 'required'), ['id', 'type', 'at', 'before'])
    assert.deepEqual(schema('ArticleFeaturedEvent', 'required'), ['id', 'type', 'at', 'data'])
    assert.equal(schema('ArticleFeaturedEvent', 'properties', 'type', 'const'), 'article.featured')
  })
})
