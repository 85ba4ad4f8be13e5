import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { negotiate, type Offer } from '../../src/http/index.ts'
import { anyText } from './text.ts'

const json = { mediaType: 'application/json' }
const xml = { mediaType: 'application/xml' }
const csv = { mediaType: 'text/csv' }
const csvWithHeader = { mediaType: 'text/csv', parameters: { header: 'present' } }
const offers = [json, xml, csv]

const choose = (accept: string | undefined, from: readonly Offer[] = offers): string | undefined =>
  negotiate(accept, from)?.mediaType

test('without a wish the first offer is taken', () => {
  for (const accept of [undefined, '*/*', '', ' ', ',', '*/*;q=0.1', 'text/*, */*;q=0.1']) {
    assert.equal(choose(accept, [json, xml]), 'application/json', accept)
  }
})

test('what none of the offers is gets no offer', () => {
  for (const accept of [
    'text/html',
    'image/*',
    'application/json;q=0',
    '*/*;q=0',
    'application/json;version=2',
  ]) {
    assert.equal(choose(accept, [json]), undefined, accept)
  }
  assert.equal(choose('*/*', []), undefined)
})

test('the highest weight wins', () => {
  assert.equal(choose('application/json;q=0.5, application/xml'), 'application/xml')
  assert.equal(choose('application/json;q=0.998, application/xml; q=0.999'), 'application/xml')
  assert.equal(choose('text/*;q=0.3, application/xml;q=0.2'), 'text/csv')
  // RFC 9110 §12.5.1: audio/basic is preferred, but any audio type will do at 80 %.
  const audio = [{ mediaType: 'audio/mpeg' }, { mediaType: 'audio/basic' }]
  assert.equal(choose('audio/*; q=0.2, audio/basic', audio), 'audio/basic')
})

test('the weights of the table in RFC 9110 §12.5.1', () => {
  const accept =
    'text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5'
  const flowed = { mediaType: 'text/plain', parameters: { format: 'flowed' } }
  const fixed = { mediaType: 'text/plain', parameters: { format: 'fixed' } }
  const plain = { mediaType: 'text/plain' }
  const html = { mediaType: 'text/html' }
  const jpeg = { mediaType: 'image/jpeg' }
  const inOrder = [flowed, plain, jpeg, fixed, html]
  for (let i = 0; i < inOrder.length; i++) {
    assert.equal(negotiate(accept, inOrder.slice(i).toReversed()), inOrder[i])
  }
})

test('a more specific range overrides a wider one, refusal included', () => {
  assert.equal(choose('*/*, application/json;q=0'), 'application/xml')
  assert.equal(choose('application/*, application/json;q=0, application/xml;q=0'), undefined)
  assert.equal(choose('application/json;q=0.1, */*;q=0.5'), 'application/xml')
})

test('among equal weights the more specific range wins, then the earlier range, then the earlier offer', () => {
  assert.equal(choose('application/xml, */*'), 'application/xml')
  assert.equal(choose('*/*, text/csv'), 'text/csv')
  assert.equal(choose('application/xml, application/json'), 'application/xml')
  assert.equal(choose('application/*'), 'application/json')
})

test('the Accept fields of well-known clients', () => {
  assert.equal(choose('application/json, text/plain, */*'), 'application/json')
  assert.equal(choose('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'), 'application/xml')
  assert.equal(choose('text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'), undefined)
})

test('parameters must match, in any order with the weight; charset=utf-8 always does', () => {
  assert.equal(negotiate('text/csv;header=present', [csv, csvWithHeader]), csvWithHeader)
  assert.equal(negotiate('text/csv;q=0.5;header=present', [csv, csvWithHeader]), csvWithHeader)
  assert.equal(negotiate('text/csv;header=absent', [csv, csvWithHeader]), undefined)
  assert.equal(negotiate('text/csv', [csvWithHeader, csv]), csvWithHeader)
  assert.equal(choose('application/json; charset=UTF-8'), 'application/json')
  assert.equal(choose('application/json; charset=iso-8859-1'), undefined)
  assert.equal(negotiate('text/csv;constructor=x', [csvWithHeader]), undefined)
})

test('case does not matter in types', () => {
  assert.equal(choose('Application/XML, */*;q=0.1'), 'application/xml')
})

test('malformed elements are ignored', () => {
  for (const bad of [
    'xml',
    '*/xml',
    '*',
    'a/b;q',
    'text/csv;q=2',
    'text/csv;q=0.1234',
    'text/csv;q=-1',
    'a/b/c',
    ';',
  ]) {
    assert.equal(choose(`${bad}, application/xml;q=0.1`), 'application/xml', bad)
    assert.equal(choose(bad), 'application/json', bad)
  }
})

test('a comma inside quotes does not end an element, and an open quote ends the list', () => {
  assert.equal(choose('a/b;c="d, text/csv", application/xml'), 'application/xml')
  assert.equal(choose('application/xml;q=0.1, a/b;c="d, text/csv'), 'application/xml')
})

test('no field makes it throw or choose what is not offered, and what it chooses does not depend on the fast path', () => {
  const pieces = fc.constantFrom(
    ...['application/json', 'text/csv', '*/*', 'text/*', ';q=0', ';q=0.5', ', ', ';', '"', '\\', 'ä'],
  )
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: pieces })), accept => {
      const chosen = negotiate(accept, offers)
      assert.ok(chosen === undefined || offers.includes(chosen))
      assert.equal(negotiate(`${accept} `, offers), chosen)
    }),
  )
})
