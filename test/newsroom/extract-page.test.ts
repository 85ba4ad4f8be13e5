import assert from 'node:assert/strict'
import { test } from 'node:test'
import { articleOf } from '../../examples/newsroom/import/page.ts'
import { ImportRefused } from '../../examples/newsroom/import/refused.ts'
import { threadMs } from '../thread-ms.ts'

const URL = 'https://paper.example/2026/story?page=1#top'
const SENTENCES = [
  'The bridge opened on a Monday, which nobody had expected, least of all the engineers who built it.',
  'By noon some four thousand people had walked across, many of them twice, to see whether it would sway.',
  'It did, a little, and the council says that this is how it is meant to be in a wind from the west.',
  'The old ferry will go on sailing until spring, for those who prefer their river to be under a keel.',
]
const PARAGRAPHS = SENTENCES.map(sentence => `<p>${sentence}</p>`).join('\n')
const TEXT = SENTENCES.join('\n\n')

const page = (head: string, body = `<article>${PARAGRAPHS}</article>`): string =>
  `<!doctype html><html><head>${head}</head><body>${body}</body></html>`

test('paragraphs are separated by a blank line, and navigation, scripts and comments are left out', () => {
  const article = articleOf(
    page(
      '<title>The bridge that opened early</title>',
      `<nav><a href="/">Home</a> <a href="/news">News</a></nav><script>var p = '<p>no</p>'</script>
       <main><h1>The bridge that opened early</h1>${PARAGRAPHS}</main>
       <div id="comments" class="comments"><p>First! I have been waiting for this, for years and years.</p></div>`,
    ),
    URL,
  )
  assert.deepEqual(article, {
    headline: 'The bridge that opened early',
    link: 'https://paper.example/2026/story?page=1',
    text: TEXT,
    tags: [],
    published_at: null,
  })
})

test('a page without a title is headed by its first sentence', () => {
  assert.equal(articleOf(PARAGRAPHS, URL)?.headline, SENTENCES[0])
})

test('the headline leaves out the name of the site', () => {
  const named = page(
    '<meta property="og:site_name" content="The Daily River"><title>Bridge opens early – The Daily River</title>',
  )
  assert.equal(articleOf(named, URL)?.headline, 'Bridge opens early')
  const headed = page(
    '<title>Bridge opens early · Daily River</title>',
    `<h1>Bridge opens early</h1>${PARAGRAPHS}`,
  )
  assert.equal(articleOf(headed, URL)?.headline, 'Bridge opens early')
})

test('html, head and body tags may be left out', () => {
  for (const html of [
    `<title>Bridge opens early</title>${PARAGRAPHS}`,
    `<html><title>Bridge opens early</title>${PARAGRAPHS}`,
    `<html><head><title>Bridge opens early</title>${PARAGRAPHS}`,
    `<!-- a --><!DOCTYPE html><head><title>Bridge opens early</title></head>${PARAGRAPHS}`,
    `<html><script>1</script><head><title>Bridge opens early</title></head><body>${PARAGRAPHS}</body></html>`,
  ]) {
    const article = articleOf(html, URL)
    assert.deepEqual([article?.headline, article?.text], ['Bridge opens early', TEXT], html.slice(0, 40))
  }
})

test('attributes in capitals count as much as those in lower case', () => {
  const article = articleOf(
    page('<META NAME="Keywords" CONTENT="Bridges; RIVERS"><LINK REL="Canonical" HREF="/story">'),
    URL,
  )
  assert.deepEqual([article?.tags, article?.link], [['bridges', 'rivers'], 'https://paper.example/story'])
})

test('a relative canonical address is read relative to the base, and the base relative to the page', () => {
  const link = (head: string): string | undefined => articleOf(page(head), URL)?.link
  assert.equal(link('<link rel="canonical" href="bridge">'), 'https://paper.example/2026/bridge')
  assert.equal(
    link('<base href="/en/"><link rel="canonical" href="bridge">'),
    'https://paper.example/en/bridge',
  )
  assert.equal(
    link('<base href="//cdn.example/x/"><link rel="canonical" href="bridge">'),
    'https://cdn.example/x/bridge',
  )
})

test('an address that is no web address, or names the front page, is not taken for the article’s own', () => {
  for (const wrong of ['javascript:alert(1)', 'data:text/html,x', 'https://', 'https://paper.example/', '']) {
    const article = articleOf(page(`<link rel="canonical" href="${wrong}">`), URL)
    assert.equal(article?.link, 'https://paper.example/2026/story?page=1', wrong)
  }
  const second = page('<link rel="canonical" href="ftp://x/y"><meta property="og:url" content="/bridge">')
  assert.equal(articleOf(second, URL)?.link, 'https://paper.example/bridge')
})

test('JSON-LD is read from arrays, graphs and nested entities', () => {
  const data = {
    '@type': ['Thing', 'NewsArticle'],
    headline: 'Bridge &amp; river',
    datePublished: '2026-10-04T08:30:00+02:00',
    keywords: ['Bridges', { '@type': 'DefinedTerm', name: 'Rivers' }, 7, null],
  }
  for (const shape of [
    data,
    [{ '@type': 'WebSite', name: 'Wrong' }, data],
    { '@graph': [{ '@type': 'Organization', name: 'Wrong' }, data] },
    { '@type': 'WebPage', name: 'Wrong', mainEntity: data },
  ]) {
    const article = articleOf(
      page(`<script type="application/ld+json">${JSON.stringify(shape)}</script>`),
      URL,
    )
    assert.equal(article?.headline, 'Bridge & river')
    assert.equal(article?.published_at, '2026-10-04T06:30:00.000Z')
    assert.deepEqual(article?.tags, ['bridges', 'rivers'])
  }
})

test('of a headline and a name in JSON-LD, the one in the page’s title is the headline', () => {
  const data = { '@type': 'Article', headline: 'crossing of a river', name: 'Varden Bridge' }
  const block = `<script type="application/ld+json">${JSON.stringify(data)}</script>`
  assert.equal(
    articleOf(page(`<title>Varden Bridge – Reference</title>${block}`), URL)?.headline,
    'Varden Bridge',
  )
  assert.equal(articleOf(page(`<title>Something else</title>${block}`), URL)?.headline, 'crossing of a river')
})

test('broken JSON-LD is passed over, and a block in a comment or with raw line breaks is not broken', () => {
  const block = (json: string): string => `<script type="application/ld+json">${json}</script>`
  const good = '{ "@type": "Article", "headline": "Bridge\nopens" }'
  for (const head of [
    block('{ "@type": "Article", "headline": ') + block(good),
    block('null') + block('[[[["x"]]]]') + block(good),
    block(`<!-- ${good} -->`),
    block(`//<![CDATA[\n${good}\n//]]>`),
    block('['.repeat(100_000)) + block(good),
    block(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) + block(good),
  ]) {
    assert.equal(
      articleOf(page(`<title>Other title</title>${head}`), URL)?.headline,
      'Bridge opens',
      head.slice(0, 60),
    )
  }
})

test('a page that a script builds gives the article that its JSON-LD carries', () => {
  const data = { '@type': 'NewsArticle', headline: 'Bridge', articleBody: SENTENCES.join('\n\n') }
  const body = `<div id="root"></div><noscript>Please switch on JavaScript.</noscript>
    <script>${'window.state = {"html": "<p>not this</p>"};'.repeat(2000)}</script>`
  const html = page(`<script type="application/ld+json">${JSON.stringify(data)}</script>`, body)
  assert.equal(articleOf(html, URL)?.text, TEXT)
  assert.equal(articleOf(page('', body), URL), undefined)
})

test('a page of links, a form, an error message or nothing is no article', () => {
  const links = Array.from(
    { length: 80 },
    (_, i) => `<li><a href="/${i}">Story ${i}, and what came of it</a></li>`,
  )
  for (const html of [
    '',
    ' ',
    'x',
    '<',
    '<!doctype html>',
    '<html></html>',
    '<p>Not found</p>',
    page('<title>Front page</title>', `<ul>${links.join('')}</ul>`),
    page('<title>Sign in</title>', '<form><label>Name <input></label><button>Go</button></form>'),
  ]) {
    assert.equal(articleOf(html, URL), undefined, html.slice(0, 80))
  }
})

test('a brief that calls itself an article is one', () => {
  const brief = `<article><p>${SENTENCES[0]}</p></article>`
  assert.equal(articleOf(page('', brief), URL), undefined)
  assert.equal(articleOf(page('<meta property="og:type" content="article">', brief), URL)?.text, SENTENCES[0])
})

test('tags are in lower case, none twice, at most 20, and never a sentence', () => {
  const many = Array.from({ length: 30 }, (_, i) => `tag ${i}`).join(', ')
  const article = articleOf(
    page(
      `<meta property="article:tag" content="  Bridge\n building "><meta name="keywords" content="BRIDGE building,,
       #Rivers,${'long '.repeat(20)},Fish &amp;amp; chips,${many}">`,
    ),
    URL,
  )
  assert.deepEqual(article?.tags.slice(0, 4), ['bridge building', 'rivers', 'fish & chips', 'tag 0'])
  assert.equal(article?.tags.length, 20)
})

test('the date comes from metadata, else from what the page shows of the article, never from its comments', () => {
  const at = (head: string, body = ''): string | null | undefined =>
    articleOf(page(head, `<article>${body}${PARAGRAPHS}</article>`), URL)?.published_at
  const meta = (value: string): string => `<meta property="article:published_time" content="${value}">`
  const time = (value: string): string => `<time datetime="${value}">then</time>`
  assert.equal(at(meta('2026-10-04T08:30:00Z'), time('2020-01-01')), '2026-10-04T08:30:00.000Z')
  assert.equal(at(meta('yesterday'), time('2026-10-04')), '2026-10-04T00:00:00.000Z')
  assert.equal(at('', `${time('PT5M')}${time('2026-10-04T01:00-0730')}`), '2026-10-04T08:30:00.000Z')
  assert.equal(
    at('', `${time('2020-01-01')}<time itemprop="datePublished" datetime="2026-10-04">x</time>`),
    '2026-10-04T00:00:00.000Z',
  )
  assert.equal(at('', `<div class="comment">${time('2026-10-04')}</div>`), null)
  assert.equal(at(meta('soon')), null)
})

test('text is plain: entities decoded, white space and line breaks settled, lists and tables kept apart', () => {
  const article = articleOf(
    page(
      '',
      `<article><p>5&nbsp;&euro;  &lt;b&gt; &amp;amp; caf&eacute;\u0007&shy;,\n and <b>bo</b>ld, <i>of</i> <em>course</em>, he said.</p>
       <p>One line<br>another line</p><ul><li>first, the bridge</li><li>second, the river</li></ul>
       <table><tr><th>Year</th><th>People</th></tr><tr><td>1911</td><td>forty, or so</td></tr></table>
       <pre>  a\n    b</pre>${PARAGRAPHS}</article>`,
    ),
    URL,
  )
  assert.equal(
    article?.text,
    `5 € <b> &amp; café, and bold, of course, he said.\n\nOne line\nanother line\n\nfirst, the bridge\nsecond, the river\n\n` +
      `Year\tPeople\n1911\tforty, or so\n\n  a\n    b\n\n${TEXT}`,
  )
})

test('an article in tables within tables is found', () => {
  const nested = `${'<table><tr><td width=1>&nbsp;</td><td>'.repeat(6)}${PARAGRAPHS}${'</td></tr></table>'.repeat(6)}`
  assert.equal(articleOf(page('', nested), URL)?.text, TEXT)
})

test('an article in a language without spaces or capital letters is found', () => {
  const text =
    '新しい橋が月曜日に開通し、正午までに四千人がその橋を渡った。市によれば、西風の日に少し揺れるのは設計どおりだという。'
  const article = articleOf(
    page('<title>橋が開通</title>', `<article>${`<p>${text}</p>`.repeat(3)}</article>`),
    URL,
  )
  assert.deepEqual([article?.headline, article?.text], ['橋が開通', `${text}\n\n${text}\n\n${text}`])
})

test('elements that are never closed nest thousands deep, and the article is still found', {
  timeout: 60_000,
}, () => {
  const fonts = SENTENCES.map(sentence => `<p>${'<font><div>'.repeat(1500)}${sentence}</p>`).join('')
  const took = threadMs(() => {
    const text = articleOf(page('', fonts), URL)?.text
    for (const sentence of SENTENCES) assert.ok(text?.includes(sentence), sentence)
  })
  assert.ok(took < 10_000)
})

test('a page of more than can be read in bounded time is refused', { timeout: 20_000 }, () => {
  for (const html of [
    '<p>word</p>'.repeat(70_000),
    '<p>'.repeat(1_000_000),
    `<p class="${'a '.repeat(1_000_000)}">`,
  ]) {
    assert.throws(
      () => articleOf(page('', html), URL),
      error => error instanceof ImportRefused && error.code === 'too-large',
    )
  }
})

test('thousands of metadata elements, or megabytes of white space, do not make a page slow', {
  timeout: 60_000,
}, () => {
  const took = threadMs(() => {
    const metas = '<meta name=keywords content=a>'.repeat(20_000)
    assert.equal(articleOf(page(metas), URL)?.text, TEXT)
    const title = `<title>Bridge${' '.repeat(2_000_000)}opens</title>`
    assert.equal(articleOf(page(title), URL)?.headline, 'Bridge opens')
  })
  assert.ok(took < 10_000)
})
