import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginStream, HEARTBEAT, messageText } from '../../src/http/event-stream.ts'

test('a message has its id, its event, and each line of its data, whatever it ends in', () => {
  assert.equal(
    messageText({ id: 'evt_1', event: 'a.b', data: '{"a":1}' }),
    'id: evt_1\nevent: a.b\ndata: {"a":1}\n\n',
  )
  assert.equal(
    messageText({ id: '1', event: 'e', data: 'a\nb\r\nc\rd\n' }),
    'id: 1\nevent: e\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n',
  )
})

test('a stream begins with how long to wait before coming back, and where it is; a heartbeat is a comment', () => {
  assert.equal(beginStream(1500, 'evt_1'), 'retry: 1500\nid: evt_1\n\n')
  assert.equal(HEARTBEAT, ':\n\n')
})
