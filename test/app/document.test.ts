import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validate } from '@hyperjump/json-schema/openapi-3-2'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { startFixture } from './any-store.ts'
import { gallery } from './gallery.ts'

for (const api of [newsroom, gallery]) {
  test(`what the ${api.title.toLowerCase()} serves at /openapi.json is valid, and clean`, async () => {
    await using fixture = await startFixture(api)
    const source = await (await fetch(new URL('/openapi.json', fixture.url))).text()
    const output = await validate(
      'https://spec.openapis.org/oas/3.2/schema-base',
      JSON.parse(source),
      'BASIC',
    )
    assert.deepEqual(output, { valid: true })
    const config = await createConfig({ extends: ['recommended'] })
    const found = await lintFromString({ source, absoluteRef: 'openapi.json', config })
    assert.deepEqual(
      found.map(({ ruleId, message }) => `${ruleId}: ${message}`),
      api.license === undefined ? ['info-license: Info object should contain `license` field.'] : [],
    )
  })
}

test('what the newsroom serves at /openapi.json has every route and every event', async () => {
  await using fixture = await startFixture(newsroom)
  const served = await fetch(new URL('/openapi.json', fixture.url))
  const document = (await served.json()) as { paths: object; webhooks: object }
  const documented = Object.entries(document.paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item)
      .filter(key => key !== 'parameters')
      .map(method => `${method.toUpperCase()} ${path}`),
  )
  const routes = fixture.serving.app.routes.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(documented.toSorted(), routes.toSorted())
  assert.deepEqual(Object.keys(document.webhooks).toSorted(), [
    'article.created',
    'article.deleted',
    'article.featured',
    'article.updated',
    'author.created',
    'author.deleted',
    'author.updated',
    'import.canceled',
    'import.failed',
    'import.succeeded',
    'webhook.disabled',
    'webhook.test',
  ])
})
