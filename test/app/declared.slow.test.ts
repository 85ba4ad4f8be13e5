import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { type Api, type Route, resolve } from '../../src/contract/index.ts'
import { declaredAnswers } from './declared.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'
import { misfitsOf, valuesOf } from './values.ts'

/** Faults of the handlers, made on purpose. */
const isFaulty = ({ path }: Route): boolean => path.includes('/faults/')

interface Made {
  readonly pathOf: (route: Route) => string
  /** A body that refers to what is there, where it refers to anything. */
  readonly referring: (body: unknown) => unknown
}

/** Creates a row wherever a path, or a reference, needs an id. */
async function makeRows(fixture: Fixture, { base, resources }: Api): Promise<Made> {
  const made = new Map<string, string>()
  const first: { readonly [path: string]: object } = {
    '/v1/authors': { name: 'Ida' },
    '/v1/books': { title: 'Emma', pages: 474 },
    '/v1/articles': { headline: 'Rain', link: 'https://example.com/rain', text: 'It rained.' },
    '/v1/keys': { name: 'one more' },
    '/v1/webhooks': { url: 'https://example.com/hooks', events: ['article.created'] },
  }
  for (const [path, body] of Object.entries(first)) {
    const { status, body: row } = await fixture.send('POST', path, body)
    if (status === 201) made.set(path, row.id)
  }
  const relations = resources.flatMap(resource => Object.values(resource.relations))
  const ids = new Map(relations.map(({ by, to }) => [by, made.get(base + to.path)]))
  return {
    pathOf: ({ path }) =>
      path
        .replace('{name}', 'webhook.test')
        .replace('{id}', made.get(path.split('/{id}', 1)[0] ?? '') ?? 'none_0'),
    referring: body =>
      JSON.parse(JSON.stringify(body), (name, value: unknown) =>
        typeof value === 'string' ? (ids.get(name) ?? value) : value,
      ),
  }
}

async function call({ url, key }: Fixture, method: string, path: string, body?: unknown): Promise<Response> {
  return await fetch(new URL(path, url), {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      // To compile a schema of the document stops this process for as long as a connection may be idle, on a busy machine: then both
      // sides find that out in the same turn, one by closing it and one by asking.
      connection: 'close',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

const apis: readonly Api[] = [library, newsroom]
for (const api of apis) {
  test(`${api.title}: what a schema allows is a success, and every answer is one that the document declares`, async () => {
    await using fixture = await startFixture(api, { work: false })
    const check = await declaredAnswers(fixture.url)
    const { pathOf, referring } = await makeRows(fixture, api)
    const own = new Set(api.routes)
    for (const route of fixture.serving.app.routes.filter(
      each => each.method !== 'DELETE' && !isFaulty(each),
    )) {
      const { method, path, input } = route
      const hold = check(method, path)
      const ask = async (body?: unknown) => {
        const answer = await call(fixture, method, pathOf(route), body)
        const { status } = answer
        const what = `${method} ${path} ${JSON.stringify(body)}`
        await hold(answer, what)
        // Signalbox's own inputs say more than a schema can: a condition that parses, a type of event that there is.
        if (own.has(route)) assert.ok(status !== 422, `${status} for ${what}`)
        assert.ok(status < 500, what)
      }
      if (input?.from !== 'body') await ask()
      else {
        // No schema says it: U+0000 cannot be stored.
        const bodies = valuesOf(input.wire.shape, input.wire)
          .filter(value => !JSON.stringify(value).includes('\\u0000'))
          .map(referring)
        await fc.assert(fc.asyncProperty(bodies, ask), { numRuns: 15 })
      }
    }
    assert.deepEqual(fixture.faults, [])
  })

  test(`${api.title}: what a schema does not allow is a 422 that points at it`, async () => {
    await using fixture = await startFixture(api, { work: false })
    const check = await declaredAnswers(fixture.url)
    const { pathOf } = await makeRows(fixture, api)
    for (const route of fixture.serving.app.routes.filter(each => !isFaulty(each))) {
      const { method, path, input } = route
      if (input?.from !== 'body') continue
      const hold = check(method, path)
      const shape = resolve(input.wire.shape, input.wire)
      const [valid] = fc.sample(valuesOf(shape, input.wire), { numRuns: 1, seed: 1 })
      const refused = async (body: unknown, pointer: string) => {
        const answer = await call(fixture, method, pathOf(route), body)
        const { errors, code } = (await answer.clone().json()) as {
          errors: { pointer: string }[]
          code: string
        }
        const what = `${method} ${path} ${JSON.stringify(body)}`
        assert.deepEqual([answer.status, code], [422, 'invalid-input'], what)
        assert.ok(
          errors.some(error => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`)),
          `${what}: ${JSON.stringify(errors)}`,
        )
        await hold(answer, what)
      }
      for (const body of ['text', 1, true, [], null]) await refused(body, '#')
      for (const field of shape.kind === 'object' ? shape.fields : []) {
        if (field.readOnly) continue
        for (const wrong of misfitsOf(field.shape, input.wire))
          await refused({ ...(valid as object), [field.name]: wrong }, `#/${field.name}`)
        if (!field.required || method === 'PATCH') continue
        const { [field.name]: _, ...without } = valid as Record<string, unknown>
        await refused(without, `#/${field.name}`)
      }
    }
    assert.deepEqual(fixture.faults, [])
  })

  test(`${api.title}: what is no request of the schema at all is declared as well`, async () => {
    await using fixture = await startFixture(api, { work: false })
    const check = await declaredAnswers(fixture.url)
    for (const { method, path, input } of fixture.serving.app.routes.filter(each => !isFaulty(each))) {
      const hold = check(method, path)
      const target = new URL(path.replaceAll(/\{\w+\}/g, 'none_0'), fixture.url)
      const key = { authorization: `Bearer ${fixture.key}` }
      const json = { ...key, 'content-type': 'application/json' }
      const requests: RequestInit[] = [
        { headers: {} },
        { headers: { authorization: 'Bearer nonsense' } },
        { headers: { ...key, accept: 'image/png' } },
        { headers: { ...key, accept: 'application/xml' } },
      ]
      if (input?.from === 'body') {
        requests.push(
          { headers: { ...key, 'content-type': 'text/plain' }, body: 'x' },
          { headers: json, body: '{' },
        )
        requests.push({ headers: { ...json, 'content-encoding': 'gzip, br' }, body: '{}' })
        requests.push({ headers: json, body: 'x'.repeat(1024 * 1024 + 1) })
        requests.push({ headers: { ...json, 'idempotency-key': 'k'.repeat(256) }, body: '{}' })
      }
      for (const request of requests) {
        await hold(
          await fetch(target, { method, ...request }),
          `${method} ${path} ${JSON.stringify(request).slice(0, 200)}`,
        )
      }
      if (input?.from === 'query')
        await hold(
          await fetch(`${target.href}?__proto__=1`, { method, headers: key }),
          `${method} ${path}?__proto__`,
        )
    }
    assert.deepEqual(fixture.faults, [])
  })
}
