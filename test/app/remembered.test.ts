import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client } from '../e2e/client.ts'
import { otherProgram } from '../other-program.ts'
import { addTrigger } from '../trigger.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

// Answers are remembered until somebody commits, callers until a key is changed. None of it may be noticed.

const book = { title: 'Emma', pages: 474 }

test('what another program changes is in the next answer, of a row and of a list', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', book)
  await using other = await otherProgram(fixture.database)
  for (let pages = 1; pages <= 100; pages++) {
    await other.rows('update books set pages = $1', pages)
    for (let again = 0; again < 2; again++) {
      assert.equal((await send('GET', `/v1/books/${made.id}`)).body.pages, pages)
      assert.equal((await send('GET', '/v1/books')).body.data[0].pages, pages)
    }
  }
})

test('what a request changes is in the next answer', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', book)
  for (let pages = 1; pages <= 50; pages++) {
    await send('PATCH', `/v1/books/${made.id}`, { pages })
    assert.equal((await send('GET', `/v1/books/${made.id}`)).body.pages, pages)
  }
  await send('DELETE', `/v1/books/${made.id}`)
  assert.equal((await send('GET', `/v1/books/${made.id}`)).status, 404)
})

test('a key that another process revokes is refused from the next request on', async () => {
  await using fixture = await startFixture(library)
  const { serving, account, database } = fixture
  await using other = await otherProgram(database)
  for (let i = 0; i < 20; i++) {
    const { id, key } = await serving.app.accounts.issueKey(account, 'short-lived')
    const send = client(fixture.url, key)
    for (let again = 0; again < 2; again++) assert.equal((await send('GET', '/v1/books')).status, 200)
    await other.rows("update signalbox_keys set revoked_at = '2026-11-23T08:00:00.000Z' where id = $1", id)
    assert.equal((await send('GET', '/v1/books')).status, 401)
  }
})

test('a key is refused from the next request on, however a unit of this process has revoked it', async () => {
  await using fixture = await startFixture(library)
  const { serving, account, database, url } = fixture
  const { app } = serving
  const at = "'2026-11-23T08:00:00.000Z'"
  await using _ = await addTrigger(database, 'books_revoke', {
    on: 'after insert on books',
    when: "new.title = 'revoke'",
    does: `update signalbox_keys set revoked_at = ${at} where name = 'by trigger'`,
  })
  const ways: { readonly [name: string]: (id: string) => Promise<unknown> } = {
    'by statement': id =>
      app.unit(account, ({ sql }) =>
        sql.run(`update signalbox_keys set revoked_at = ${at} where id = $1`, id),
      ),
    'by trigger': () => fixture.send('POST', '/v1/books', { ...book, title: 'revoke' }),
    'by request': id => fixture.send('DELETE', `/v1/keys/${id}`),
  }
  for (const [name, revoke] of Object.entries(ways)) {
    const { id, key } = await app.accounts.issueKey(account, name)
    const send = client(url, key)
    for (let again = 0; again < 3; again++) {
      assert.equal((await send('GET', '/v1/books')).status, 200)
      assert.equal((await send('POST', '/v1/books', book)).status, 201)
    }
    await revoke(id)
    assert.equal((await send('GET', '/v1/books')).status, 401, name)
  }
})

test("an answer to one account is never another's", async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', book)
  const other = await fixture.another()
  for (let again = 0; again < 2; again++) {
    assert.equal((await send('GET', `/v1/books/${made.id}`)).status, 200)
    assert.equal((await other('GET', `/v1/books/${made.id}`)).status, 404)
    assert.equal((await send('GET', '/v1/books')).body.data.length, 1)
    assert.equal((await other('GET', '/v1/books')).body.data.length, 0)
  }
})

test('a row that does not fit its schema is a 500 each time, and an answer again once it is mended', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', book)
  await using other = await otherProgram(fixture.database)
  assert.equal((await send('GET', `/v1/books/${made.id}`)).status, 200)
  await other.rows('update books set pages = 0')
  for (let again = 0; again < 2; again++)
    assert.equal((await send('GET', `/v1/books/${made.id}`)).status, 500)
  assert.equal(fixture.faults.length, 2)
  await other.rows('update books set pages = 2')
  assert.equal((await send('GET', `/v1/books/${made.id}`)).body.pages, 2)
})

test('each answer has a request id of its own', async () => {
  await using fixture = await startFixture(library)
  const ids = new Set<string | null>()
  for (let i = 0; i < 3; i++) ids.add((await fixture.send('GET', '/v1/books')).headers.get('request-id'))
  assert.equal(ids.size, 3)
})
