import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { type Api, event, type Route } from '../../src/contract/index.ts'
import { exampleOf } from '../../src/webhooks/example.ts'
import { type Fixture, startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { client, type Send, until } from '../e2e/client.ts'

// Every route of an api, as it finds them: a route that is added tomorrow is asked too. Where it cannot tell by itself what
// to send, or whose a parameter's rows are, it fails and says so.

/** What is not made from the schema, by the name of the schema. */
const BODIES: { readonly [input: string]: unknown } = {
  NewWebhook: { url: 'https://example.com/', events: ['thing.done'] },
  WebhookChange: { paused: false },
  ConditionTrial: { events: ['thing.done'], when: 'true' },
  WebhookRecovery: { since: '2001-01-01T00:00:00Z' },
  WebhookReplay: { since: '2001-01-01T00:00:00Z' },
  NewKey: { name: 'made' },
  ImportInput: { url: 'https://example.com/' },
}

/** Rows that belong to no account. */
const NOBODYS: ReadonlySet<string> = new Set(['places', 'event-types'])

/** A file for each that is needed, and the fields beside them. */
function formOf({ input, files = [], path }: Route): FormData {
  const form = new FormData()
  const fields = input === undefined ? {} : (exampleOf(input.wire, path) as Record<string, string>)
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const { name, types } of files) form.append(name, new File(['x'], name, { type: types[0] ?? '' }))
  return form
}

const bodyOf = (route: Route): unknown => (route.files === undefined ? jsonOf(route) : formOf(route))

const jsonOf = ({ input, path }: Route): unknown =>
  input?.from === 'body' ? (BODIES[input.name] ?? exampleOf(input.wire, path)) : undefined

const queryOf = ({ input, path }: Route): string => {
  if (input?.from !== 'query' || !(input.wire.jsonSchema['required'] as unknown[] | undefined)?.length)
    return ''
  const example = exampleOf(input.wire, path) as Record<string, string>
  return `?${new URLSearchParams(example).toString()}`
}

const call = (send: Send, route: Route, id = 'none') =>
  send(route.method, route.path.replaceAll(/\{\w+\}/g, id) + queryOf(route), bodyOf(route))

const done = event('thing.done', z.object({}))

const hasParameter = ({ path }: Route): boolean => path.includes('{')

/** One of everything, made and listed through the routes themselves: the newest id by the first word of the path. */
async function populate({
  serving,
  send,
}: Pick<Fixture, 'serving' | 'send'>): Promise<ReadonlyMap<string, string>> {
  const routes = serving.app.routes
  const ids = new Map<string, string>()
  for (const route of routes.filter(each => each.method === 'POST' && !hasParameter(each))) {
    const { status, body } = await call(send, route)
    assert.ok(status < 500 || route.tag === 'faults', `${route.name}: ${status} ${JSON.stringify(body)}`)
  }
  const list = async (): Promise<void> => {
    for (const route of routes.filter(each => each.method === 'GET' && !hasParameter(each))) {
      const { body } = await call(send, route)
      const id: unknown = body.data?.[0]?.id
      if (typeof id === 'string') ids.set(route.tag, id)
    }
  }
  await list()
  for (const route of routes.filter(each => each.files !== undefined))
    assert.equal((await call(send, route, ids.get(route.tag))).status, 200, route.name)
  await send('POST', routePath(serving.app.routes, 'testWebhook').replace('{id}', ids.get('webhooks') ?? ''))
  // The log of requests is written about once a second.
  const requests = routePath(serving.app.routes, 'listRequests')
  await until(
    () => send('GET', requests),
    ({ body }) => body.data.length > 0,
    'the log of requests',
  )
  await list()
  return ids
}

const routePath = (routes: readonly Route[], name: string): string =>
  routes.find(route => route.name === name)?.path ?? ''

/** The api, with an event that webhooks here subscribe to. */
const fixtureOf = (api: Api): Promise<Fixture> =>
  startFixture(
    { ...api, events: new Map([...api.events, [done.name, done]]) },
    { work: false, failed: () => undefined },
  )

const keyWith = async ({ serving, account, url }: Fixture, scopes: readonly string[]): Promise<Send> =>
  client(url, (await serving.app.accounts.issueKey(account, 'scoped', { scopes })).key)

/** Two who must know nothing of each other, and what the second asks for of the first. */
const APART: readonly (readonly [string, (fixture: Fixture) => Promise<readonly [Send, Send]>])[] = [
  ['what is of another account', async fixture => [fixture.send, await fixture.another()]],
  ['live data by a test key', async fixture => [fixture.send, await testKey(fixture)]],
  ['test data by a live key', async fixture => [await testKey(fixture), fixture.send]],
]

const testKey = async ({ serving, account, url }: Fixture): Promise<Send> =>
  client(url, (await serving.app.accounts.issueKey(account, 'test', { mode: 'test' })).key)

/** Asks every route for what is `send`'s, as `other`. */
async function refuseApart({ serving }: Fixture, send: Send, other: Send): Promise<void> {
  const ids = await populate({ serving, send })
  let asked = 0
  for (const route of serving.app.routes) {
    if (!hasParameter(route)) {
      const answered = await call(other, route)
      // The log of requests has the paths that the caller itself has asked for, with these ids in them.
      const ownPath = (name: string): boolean => route.tag === 'requests' && name === 'path'
      const shown = JSON.stringify(answered.body, (name, value: unknown) =>
        ownPath(name) ? undefined : value,
      )
      for (const [tag, id] of ids) {
        if (!NOBODYS.has(tag)) assert.ok(!shown.includes(id), `${route.name} shows ${id}`)
      }
      continue
    }
    if (NOBODYS.has(route.tag)) continue
    const id = ids.get(route.tag) ?? assert.fail(`no row to ask for at ${route.path}`)
    const theirs = await call(other, route, id)
    const nobodys = await call(other, route, `${id.slice(0, -1)}!`)
    assert.deepEqual([route.name, theirs.status, theirs.body.code], [route.name, 404, 'not-found'])
    assert.deepEqual({ ...theirs.body, request_id: '' }, { ...nobodys.body, request_id: '' }, route.name)
    assert.deepEqual([...theirs.headers.keys()], [...nobodys.headers.keys()], route.name)
    asked++
  }
  assert.ok(asked >= 12, `only ${asked} routes were asked`)
  // Nothing of it was changed.
  for (const [tag, id] of ids) {
    const route = serving.app.routes.find(each => each.method === 'GET' && each.path.endsWith(`/${tag}/{id}`))
    if (route !== undefined) assert.equal((await call(send, route, id)).status, 200, tag)
  }
}

for (const api of [library, newsroom] as const) {
  describe(`every route of the ${api.title.toLowerCase()}`, () => {
    test('answers 401 without a key, unless it is open', async () => {
      await using fixture = await fixtureOf(api)
      for (const route of fixture.serving.app.routes) {
        const path = route.path.replaceAll(/\{\w+\}/g, 'none')
        const { status } = await fetch(new URL(path, fixture.url), { method: route.method })
        assert.equal(status === 401, route.endpoint.open !== true, `${route.name}: ${status}`)
      }
    })

    test('answers 403 without its scope, and names it, whatever is there; with it alone it answers', async () => {
      await using fixture = await fixtureOf(api)
      const { routes } = fixture.serving.app
      const ids = await populate(fixture)
      const all = [...new Set(routes.flatMap(route => route.scopes))]
      const senders = new Map<string, Promise<Send>>()
      const holding = (scopes: readonly string[]): Promise<Send> => {
        const known = senders.get(scopes.join(' ')) ?? keyWith(fixture, scopes)
        senders.set(scopes.join(' '), known)
        return known
      }
      for (const route of routes) {
        assert.equal(route.scopes.length === 0, route.endpoint.open === true, route.name)
        for (const scope of route.scopes) {
          const without = await holding(all.filter(each => each !== scope))
          for (const id of [ids.get(route.tag), 'none']) {
            const { status, body } = await call(without, route, id)
            assert.deepEqual([route.name, status, body.code], [route.name, 403, 'scope-missing'])
            assert.ok(body.detail.includes(scope), `${route.name}: ${body.detail}`)
          }
        }
        if (route.scopes.length > 0) {
          const { status, body } = await call(await holding(route.scopes), route)
          // What live data have nothing of is refused for its mode, by whatever key.
          const isRefused = [401, 403].includes(status) && body.code !== 'mode-refused'
          assert.ok(!isRefused, `${route.name}: ${status}`)
        }
      }
    })

    for (const [whose, sendersOf] of APART) {
      test(`answers 404 for ${whose}, with the body of what never was (fault 33)`, async () => {
        await using fixture = await fixtureOf(api)
        const [send, other] = await sendersOf(fixture)
        await refuseApart(fixture, send, other)
      })
    }

    test('takes as long for what is of another account as for what never was (fault 33)', async () => {
      await using fixture = await fixtureOf(api)
      const ids = await populate(fixture)
      const other = await fixture.another()
      for (const route of fixture.serving.app.routes) {
        const id = ids.get(route.tag)
        if (route.method !== 'GET' || !hasParameter(route) || NOBODYS.has(route.tag) || id === undefined)
          continue
        const ratios: number[] = []
        // The machine has other things to do: a difference that is there shows each time.
        while (ratios.length < 5 && !ratios.some(ratio => ratio > 0.6 && ratio < 1.6)) {
          ratios.push(
            await ratioOf(
              () => call(other, route, id),
              () => call(other, route, `${id.slice(0, -1)}!`),
            ),
          )
        }
        assert.ok(ratios.length < 5, `${route.name}: ${ratios.join(', ')}`)
      }
    })
  })
}

/** How long the first takes, as a part of the second: of many in turns the fastest, which nothing came between. */
async function ratioOf(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<number> {
  const times: [number[], number[]] = [[], []]
  for (let i = 0; i < 30; i++) {
    for (const [at, ask] of [first, second].entries()) {
      const start = performance.now()
      await ask()
      times[at]?.push(performance.now() - start)
    }
  }
  return Math.min(...times[0]) / Math.min(...times[1])
}
