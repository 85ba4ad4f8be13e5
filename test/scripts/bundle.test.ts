import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inAscii, marked, placed } from '../../scripts/bundle.ts'

const code = "const page = new URL('./page.html', import.meta.url)\n"

test('what lies beside a file is found from wherever its code has come to', () => {
  const from = marked(code, 'openapi/page.js')
  for (const [chunk, way] of [
    ['shared/app.js', '../openapi/page.js'],
    ['index.js', './openapi/page.js'],
    ['openapi/page.js', './page.js'],
  ] as const) {
    const told = `const page = new URL('./page.html', new URL('${way}', import.meta.url).href)\n`
    assert.equal(placed(from, chunk), told)
  }
})

test('a text keeps its characters when it is written in ASCII', () => {
  const texts = ['plain', '“quoted”', 'naïve', '👩‍🚀', '\u2028']
  const written = inAscii(`export default ${JSON.stringify(texts)}`)
  assert.match(written, /^[\x20-\x7e]+$/)
  assert.deepEqual(JSON.parse(written.replace('export default ', '')), texts)
})
