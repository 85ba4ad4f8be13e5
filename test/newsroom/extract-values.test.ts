import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDocument } from '../../examples/newsroom/import/charset.ts'
import { utcDate } from '../../examples/newsroom/import/date.ts'
import { headlineOf } from '../../examples/newsroom/import/draft.ts'
import { rootOf } from '../../examples/newsroom/import/root.ts'

test('dates are read as ISO 8601 and as RFC 822, and told in UTC', () => {
  const dates = {
    '2026-10-04': '2026-10-04T00:00:00.000Z',
    ' 2026-10-04T08:30Z ': '2026-10-04T08:30:00.000Z',
    '2026-10-04 08:30:15': '2026-10-04T08:30:15.000Z',
    '2026-10-04T08:30:15.123456+02:00': '2026-10-04T06:30:15.123Z',
    '2026-10-04T08:30:15.5-0730': '2026-10-04T16:00:15.500Z',
    '2028-02-29': '2028-02-29T00:00:00.000Z',
    'Sun, 04 Oct 2026 08:30:00 GMT': '2026-10-04T08:30:00.000Z',
    'Sunday, 4 October 2026 08:30 +0200': '2026-10-04T06:30:00.000Z',
    '4 Oct 26 08:30:00 EST': '2026-10-04T13:30:00.000Z',
    '4 Oct 99': '1999-10-04T00:00:00.000Z',
  }
  for (const [written, meant] of Object.entries(dates)) assert.equal(utcDate(written), meant, written)
})

test('what is not a date is none', () => {
  for (const text of [
    '',
    'yesterday',
    'PT5M',
    'chapter 5',
    '2026',
    '2026-02-30',
    '2027-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-10-04T24:30Z',
    '0000-00-00',
    '0001-01-01',
    '4 Foo 2026',
    '31 Apr 2026',
    '10/04/2026',
    '1791102600',
    '2026-10-04T08:30:00Z; rm',
    undefined,
    null,
  ]) {
    assert.equal(utcDate(text), null, String(text))
  }
})

test('the charset is the mark’s, the header’s, the document’s own, or a guess, and must fit the bytes', () => {
  const latin = Buffer.from([0x93, 0xe9, 0x80, 0x94])
  const japanese = Buffer.from([0x93, 0xfa, 0x96, 0x7b])
  const meta = (label: string): Buffer => Buffer.from(`<meta charset="${label}">`)
  const cases: [string, Uint8Array, string, string][] = [
    ['header', japanese, 'text/html; charset="Shift_JIS"', '日本'],
    ['header windows-1252', latin, 'text/html;charset=windows-1252', '“é€”'],
    ['latin-1 is windows-1252 on the web', latin, 'text/html; charset=ISO-8859-1', '“é€”'],
    ['meta', Buffer.concat([meta('shift_jis'), japanese]), 'text/html', '<meta charset="shift_jis">日本'],
    [
      'a wrong header',
      Buffer.concat([meta('sjis'), japanese]),
      'text/html; charset=utf-8',
      '<meta charset="sjis">日本',
    ],
    ['UTF-8 under a wrong label', Buffer.from('日本'), 'text/html; charset=iso-8859-1', '日本'],
    ['an unknown label', japanese, 'text/html; charset=klingon', '“ú–{'],
    ['no label, UTF-8', Buffer.from('é'), '', 'é'],
    ['no label, not UTF-8', latin, '', '“é€”'],
    [
      'one broken byte',
      Buffer.concat([Buffer.from('日'), Buffer.from([0xff])]),
      'text/html; charset=utf-8',
      '日\ufffd',
    ],
    ['UTF-8 mark', Buffer.from('\ufeffé'), 'text/html; charset=shift_jis', 'é'],
    ['UTF-16 mark', Buffer.from('\ufeff日本', 'utf16le'), 'text/html; charset=utf-8', '日本'],
    [
      'escapes of ISO-2022-JP are ASCII',
      Buffer.from('\u001b$BF|K\\\u001b(B'),
      'text/html; charset=iso-2022-jp',
      '日本',
    ],
  ]
  for (const [name, bytes, type, text] of cases) assert.equal(decodeDocument(bytes, type), text, name)
  const http = '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'
  assert.equal(decodeDocument(Buffer.concat([Buffer.from(http), japanese]), ''), `${http}日本`)
  const xml = '<?xml version="1.0" encoding=\'windows-1251\'?>'
  assert.equal(
    decodeDocument(Buffer.concat([Buffer.from(xml), Buffer.from([0xcc, 0xe8, 0xf0])]), ''),
    `${xml}Мир`,
  )
})

test('the root element comes after declarations, comments and a DOCTYPE with its entities', () => {
  const prolog = '\ufeff\n<?xml version="1.0"?><!-- <rss> --><?pi <feed>?>'
  const doctype = '<!DOCTYPE rss [ <!ENTITY a "<feed>"> <!ENTITY b "]"> ]>'
  const text = `${prolog}${doctype}\n<rdf:RDF xmlns="x">`
  assert.deepEqual(rootOf(text), { name: 'rdf', at: text.indexOf('<rdf:RDF') })
  assert.equal(rootOf('<!doctype html><HTML lang=en>[x]')?.name, 'html')
  for (const none of ['', 'text', '<!-- never closed <rss>', '<!DOCTYPE x [ <!ENTITY', '{"a":"<b>"}']) {
    assert.equal(rootOf(none), undefined, none)
  }
})

test('a headline is one line, cut between words, and never half a character', () => {
  assert.equal(headlineOf([undefined, ' ', ' A\n  bridge\u0000 '], 'x'), 'A bridge')
  assert.equal(headlineOf([], 'It opened. Then it closed.\n\nMore.'), 'It opened.')
  const long = headlineOf(['word '.repeat(100)], '')
  assert.ok(long.length <= 300 && long.endsWith('word…'), long)
  assert.ok(headlineOf(['😀'.repeat(200)], '').isWellFormed())
})
