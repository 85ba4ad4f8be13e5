import assert from 'node:assert/strict'
import { test } from 'node:test'
import { madeWhole } from '../../src/app/compile.ts'
import { compileOnly } from './compile-only.ts'
import { library } from './library.ts'

test("what Signalbox's own routes answer with, made with their first request, can be made", () => {
  const { match, routes } = compileOnly(library)
  const own = routes.filter(route => !library.routes.includes(route))
  assert.ok(own.length > 20, `there are ${own.length} of them`)
  for (const { method, path, output } of own) {
    const found = match(method, path.replaceAll(/\{\w+\}/g, 'some'))
    assert.ok(typeof found === 'object' && 'found' in found, `${method} ${path}`)
    assert.equal(madeWhole(found.found).formats.length > 0, output !== undefined, `${method} ${path}`)
  }
})
