import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feedOf } from '../../examples/newsroom/import/feed.ts'

const URL = 'https://paper.example/feeds/all'
const LONG =
  '<p>The bridge opened on a Monday, &amp; nobody had expected it, least of all the engineers.</p>'.repeat(8)
const LONG_TEXT = Array(8)
  .fill('The bridge opened on a Monday, & nobody had expected it, least of all the engineers.')
  .join('\n\n')

const rss = (items: string, attributes = ''): string =>
  `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" ${attributes}>
    <channel><title>News &amp;amp; views</title><link>https://paper.example/</link>${items}</channel></rss>`
const linksOf = (text: string): readonly string[] | undefined => feedOf(text, URL)?.links

test('RSS 2.0 gives its links in order, made whole, none twice, and only web addresses', () => {
  const text = rss(`
    <item><link> https://paper.example/a?x=1&amp;y=2 </link></item>
    <item><link><![CDATA[/b]]></link></item>
    <item><link>c</link></item>
    <item><link>/b</link></item>
    <item><link>javascript:alert(1)</link></item>
    <item><guid>https://paper.example/d</guid></item>
    <item><guid isPermaLink="false">https://paper.example/not-a-page</guid></item>
    <item><guid>4711</guid></item>
    <item><title>No address</title></item>
    <item><atom:link rel="alternate" href="/e"/></item>`)
  assert.deepEqual(linksOf(text), [
    'https://paper.example/a?x=1&y=2',
    'https://paper.example/b',
    'https://paper.example/feeds/c',
    'https://paper.example/d',
    'https://paper.example/e',
  ])
  assert.equal(feedOf(text, URL)?.title, 'News & views')
})

test('xml:base says what relative addresses are relative to', () => {
  assert.deepEqual(linksOf(rss('<item><link>c</link></item>', 'xml:base="https://other.example/x/"')), [
    'https://other.example/x/c',
  ])
  const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/en/"><title>x</title>
    <entry xml:base="2026/"><id>1</id><title>y</title><link href="c"/></entry></feed>`
  assert.deepEqual(linksOf(atom), ['https://paper.example/en/2026/c'])
})

test('RSS 1.0 gives the links of its items', () => {
  const text = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
    <channel rdf:about="https://paper.example/"><title>News</title><link>https://paper.example/</link></channel>
    <item rdf:about="https://paper.example/a"><title>A</title><link>https://paper.example/a</link></item>
    <item rdf:about="https://paper.example/b"><title>B</title></item></rdf:RDF>`
  assert.deepEqual(linksOf(text), ['https://paper.example/a', 'https://paper.example/b'])
})

test('Atom gives the alternate link for readers, not the enclosure, the reply or the other format', () => {
  const text = `<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">News &amp;amp; &lt;b&gt;views&lt;/b&gt;</title>
    <entry><id>1</id><title>A</title><link rel="enclosure" href="/a.mp3"/><link rel="self" href="/a.atom"/>
      <link rel="alternate" type="application/pdf" href="/a.pdf"/><link rel="alternate" type="text/html" href="/a"/></entry>
    <entry><id>2</id><title>B</title><link rel="replies" href="/b/replies"/><link href="/b"/></entry>
    <entry><id>3</id><title>C</title><link rel="edit" href="/c"/></entry></feed>`
  assert.deepEqual(linksOf(text), ['https://paper.example/a', 'https://paper.example/b'])
  assert.equal(feedOf(text, URL)?.title, 'News & views')
})

test('JSON Feed gives the addresses of its items', () => {
  const feed = {
    version: 'https://jsonfeed.org/version/1.1',
    title: 'Fish & <chips>',
    items: [{ id: '1', url: '/a' }, { id: '2', external_url: 'https://b.example/' }, { id: '3' }, null, 7],
  }
  assert.deepEqual(feedOf(JSON.stringify(feed), URL), {
    title: 'Fish & <chips>',
    links: ['https://paper.example/a', 'https://b.example/'],
    drafts: [],
  })
})

test('an item with its full content is a draft, and one with a summary is only a link', () => {
  const text = rss(`
    <item><title>The bridge &amp;amp; I</title><link>/a</link><category>Bridges</category><dc:subject>River life</dc:subject>
      <pubDate>Sun, 04 Oct 2026 08:30:00 +0200</pubDate><content:encoded><![CDATA[${LONG}<script>no()</script>]]></content:encoded></item>
    <item><title>Brief</title><link>/b</link><description>Only this.</description></item>
    <item><title>Short</title><link>/c</link><content:encoded>${'&lt;br&gt;'.repeat(200)}Only this.</content:encoded></item>`)
  assert.deepEqual(feedOf(text, URL)?.drafts, [
    {
      headline: 'The bridge & I',
      link: 'https://paper.example/a',
      text: LONG_TEXT,
      tags: ['bridges', 'river life'],
      published_at: '2026-10-04T06:30:00.000Z',
    },
  ])
})

test('Atom content is read as what it says it is', () => {
  const entry = (id: number, content: string): string =>
    `<entry><id>${id}</id><title>a &lt; b</title><link href="/${id}"/><updated>2026-10-04T08:30:00Z</updated>${content}</entry>`
  const text = `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
    ${entry(1, `<content type="html"><![CDATA[${LONG}]]></content>`)}
    ${entry(2, `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${LONG}</div></content>`)}
    ${entry(3, `<content>${'Plain &lt;b&gt; text. '.repeat(40)}</content>`)}
    ${entry(4, `<content type="image/png">${'A'.repeat(900)}</content>`)}</feed>`
  const drafts = feedOf(text, URL)?.drafts ?? []
  assert.deepEqual(
    drafts.map(draft => [draft.headline, draft.link, draft.text, draft.published_at]),
    [LONG_TEXT, LONG_TEXT, 'Plain <b> text. '.repeat(40).trim()].map((words, i) => [
      'a < b',
      `https://paper.example/${i + 1}`,
      words,
      '2026-10-04T08:30:00.000Z',
    ]),
  )
})

test('at most 50 links are taken', () => {
  const items = Array.from(
    { length: 120 },
    (_, i) => `<item><link>/${i}</link></item><item><link>/${i}</link></item>`,
  )
  const links = linksOf(rss(items.join('')))
  assert.deepEqual([links?.length, links?.at(-1)], [50, 'https://paper.example/49'])
})

test('an Atom feed that writes about <rss> is an Atom feed', () => {
  const text = `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>1</id><title>How to</title>
    <link href="/a"/><content type="html"><![CDATA[ <rss version="2.0"><channel><item><link>/no</link></item></channel></rss>]]></content></entry></feed>`
  assert.deepEqual(linksOf(text), ['https://paper.example/a'])
})

test('a bomb of entities stays a few bytes, and a file is not read by one', { timeout: 5000 }, () => {
  const laughs = Array.from({ length: 12 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
    '',
  )
  const bomb = `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">${laughs}<!ENTITY x SYSTEM "file:///etc/passwd">]>
    ${rss('<item><title>&l12;&x;</title><link>/a</link></item>').replace(/^<\?.*?\?>/, '')}`
  const feed = feedOf(bomb, URL)
  assert.deepEqual(feed?.links, ['https://paper.example/a'])
  assert.ok(JSON.stringify(feed).length < 200)
})

test('what is no feed, or is broken, is none', () => {
  for (const text of [
    '',
    '{',
    '{}',
    '[]',
    '{"version":1}',
    '<html></html>',
    '<rss',
    '<rss></rss>',
    '<feed',
    '<rss version="2.0"><channel',
  ]) {
    assert.equal(feedOf(text, URL), undefined, text)
  }
})
