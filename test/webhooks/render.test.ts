import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { event } from '../../src/contract/index.ts'
import { refusalOf, renderEvent } from '../../src/webhooks/render.ts'

const lent = event('book.lent', z.object({ id: z.string(), to: z.string(), tags: z.array(z.string()) }))
const stored = {
  id: 'evt_1',
  account: 'acc_1',
  type: 'book.lent',
  at: '2026-11-23T08:00:00.000Z',
  data: '{"id":"boo_1","to":"Ann & Bob","tags":["a","b"]}',
  before: null,
}

test('an event in JSON is its head around what was recorded; what is absent is left out', () => {
  const head = '{"id":"evt_1","type":"book.lent","at":"2026-11-23T08:00:00.000Z"'
  assert.deepEqual(renderEvent(stored, 'json', lent), { body: `${head},"data":${stored.data}}` })
  const { data } = stored
  assert.deepEqual(renderEvent({ ...stored, data: null, before: data }, 'json', lent), {
    body: `${head},"before":${data}}`,
  })
})

test('an event as a form has dots in nested names, and repeats lists', () => {
  assert.deepEqual(renderEvent({ ...stored, before: '{"id":"boo_1","to":"","tags":[]}' }, 'form', lent), {
    body: [
      'id=evt_1',
      'type=book.lent',
      'at=2026-11-23T08%3A00%3A00.000Z',
      'data.id=boo_1',
      'data.to=Ann+%26+Bob',
      'data.tags=a',
      'data.tags=b',
      'before.id=boo_1',
      'before.to=',
    ].join('&'),
  })
})

test('an event in XML is an <event>', () => {
  const rendered = renderEvent(stored, 'xml', lent)
  assert.match('body' in rendered ? rendered.body : '', /<event>.*<to>Ann &amp; Bob<\/to>.*<\/event>\s*$/s)
})

test('a schema that contains itself can be written in every format', () => {
  const Node = z.object({
    name: z.string(),
    get children() {
      return z.array(Node)
    },
  })
  const grown = event('tree.grown', Node)
  const data = '{"name":"a","children":[{"name":"b","children":[]}]}'
  for (const format of ['json', 'xml', 'form'] as const) {
    const rendered = renderEvent({ ...stored, type: 'tree.grown', data }, format, grown)
    assert.ok('body' in rendered, format)
    assert.equal(refusalOf(grown, format), undefined)
  }
})

test('data that no longer fits the schema, or that XML cannot carry, is an error that says so, never an exception', () => {
  const old = renderEvent({ ...stored, data: '{"id":"boo_1"}' }, 'form', lent)
  assert.match('error' in old ? old.error : '', /\/data\/to is not what its schema says/)
  const bell = { ...stored, data: '{"id":"boo_1","to":"\\u0007","tags":[]}' }
  assert.ok('error' in renderEvent(bell, 'xml', lent))
  assert.ok('body' in renderEvent(bell, 'form', lent))
  const gone = renderEvent(stored, 'xml', undefined)
  assert.match('error' in gone ? gone.error : '', /no event 'book\.lent' any more/)
})
