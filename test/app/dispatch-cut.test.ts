import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgres } from '../../src/store/postgres/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'
import { startProxy } from '../store/proxy.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

/** What a dispatch says when it takes lanes, in one piece with all that it writes. */
const takesLanes = (said: string): boolean => /from signalbox_lanes where [^;]* for update/.test(said)

test('a connection that is lost in the middle of a dispatch ends no process: the events are dispatched again, and once', {
  skip: needsPostgres(),
}, async () => {
  await using database = await freshDatabase()
  await using proxy = await startProxy(database.url)
  await using fixture = await startFixture(library, { store: postgres(proxy.url) })
  await using receiver = await startReceiver()
  const { send } = fixture
  await send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })

  let cuts = 0
  for (let pages = 1; pages <= 5; pages++) {
    // A statement's text is sent once on each connection.
    proxy.cut()
    proxy.cutAfter = said => {
      if (!takesLanes(said)) return false
      proxy.cutAfter = undefined
      cuts++
      return true
    }
    const { status } = await send('POST', '/v1/books', { title: 'Emma', pages })
    assert.equal(status, 201)
    await until(
      async () => receiver.received.length,
      count => count === pages,
      'the delivery',
    )
  }
  // Else what is told of here has not happened.
  assert.equal(cuts, 5)
  assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 5)
})
