import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../e2e/client.ts'
import { newArticle, sharedPortal } from './portal.ts'

test('the log of requests has what programs asked, by status and method, and says what was wrong', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  await page.getByRole('link', { name: 'Requests' }).click()
  await page.getByText('Nothing was asked of late').waitFor()
  const article = await newArticle(send, 4)
  await send('GET', `/v1/articles/${article}`)
  await send('GET', '/v1/articles/none')
  await send('POST', '/v1/articles', { headline: '' })

  // The newest is the first, and none of them is this page's own.
  const rows = page.getByRole('table', { name: 'Requests, newest first' }).locator('tbody tr')
  const shown = (count: number) =>
    until(
      () => rows.count(),
      found => found === count,
      `${count} requests`,
    )
  await shown(4)
  const texts = await rows.allInnerTexts()
  assert.match(texts[0] ?? '', /POST \/v1\/articles\s+invalid-input\s+422\s+The key “a program”/)
  assert.match(
    texts[1] ?? '',
    /GET \/v1\/articles\/\{id\}\s+not-found\s+404.*127\.0\.0\.1\s+\d+ ms\s+just now/s,
  )
  assert.match(texts[3] ?? '', /POST \/v1\/articles\s+201/)

  await page.getByRole('combobox', { name: 'Status' }).selectOption('4xx refused')
  await shown(2)
  await page.getByRole('combobox', { name: 'Method' }).selectOption('GET')
  await shown(1)
  await page.getByRole('combobox', { name: 'Status' }).selectOption('422')
  await page.getByText('No request was like that').waitFor()
  await page.getByRole('combobox', { name: 'Method' }).selectOption('Any method')
  await page.getByRole('link', { name: 'POST /v1/articles' }).click()
  await page.getByRole('heading', { name: 'POST /v1/articles' }).waitFor()
  const problem = page.getByRole('link', { name: 'invalid-input' })
  assert.equal(await problem.getAttribute('href'), '/docs/problems#invalid-input')
  const { body } = await send('GET', '/v1/requests?status=422')
  await page.getByText(body.data[0].id).waitFor()

  // Test data have a log of their own.
  await page.getByRole('switch', { name: 'Test data' }).click()
  await page.getByText('Nothing was asked of late').waitFor()
})
