import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../../src/runtimes/node/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { client } from '../e2e/client.ts'
import { shop } from '../e2e/definitions/shop.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

test('a text with U+0000, for which PostgreSQL has no room, is refused rather than a fault', {
  skip: needsPostgres(),
}, async () => {
  const database = await freshDatabase()
  const failures: unknown[] = []
  const { app, url, close } = await serve(shop, {
    store: postgres(database.url),
    port: 0,
    work: false,
    failed: error => void failures.push(error),
  })
  const { key } = await app.accounts.issueKey(await app.accounts.create('Ann'), 'test')
  const send = client(url, key)
  const refused = await send('POST', '/v1/items', { name: 'a\u0000b', n: 1 })
  assert.deepEqual([refused.status, refused.body.code], [422, 'invalid-input'])
  assert.match(refused.body.detail, /U\+0000/)
  assert.equal((await send('POST', '/v1/items', { name: 'ab', n: 1 })).status, 201)
  assert.deepEqual(failures, [])
  await close()
  await database.drop()
})
