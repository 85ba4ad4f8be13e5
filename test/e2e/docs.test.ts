import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteLocation } from '../sqlite-location.ts'
import { startBrowser } from './browser.ts'
import { startNewsroom } from './program.ts'

test('the reference page shows the api in a browser, asks nobody else for anything, and tries it out with a key', async () => {
  await using place = await sqliteLocation()
  await using program = await startNewsroom(place)
  await using browser = await startBrowser()
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  const foreign: string[] = []
  const errors: string[] = []
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && origin !== program.url) foreign.push(request.url())
  })
  page.on('pageerror', error => errors.push(error.message))

  await page.goto(`${program.url}/docs`)
  await page.getByRole('heading', { name: 'Newsroom' }).first().waitFor()
  await page.getByText('Put an article on the front page').first().waitFor()
  if (process.env['SCREENSHOT'] !== undefined) await page.screenshot({ path: process.env['SCREENSHOT'] })

  const answered = await page.evaluate(
    async key => (await fetch('/v1/articles', { headers: { authorization: `Bearer ${key}` } })).status,
    program.key,
  )
  assert.equal(answered, 200)
  await page.goto(`${program.url}/docs/problems#invalid-input`)
  assert.match((await page.locator('#invalid-input').textContent()) ?? '', /422|Invalid input/i)
  assert.deepEqual(foreign, [])
  assert.deepEqual(errors, [])
})
