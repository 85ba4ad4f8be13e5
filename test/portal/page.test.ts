import assert from 'node:assert/strict'
import { test } from 'node:test'
import naughtyStrings from 'big-list-of-naughty-strings' with { type: 'json' }
import type { Page } from 'playwright-core'
import { type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { audit, newArticle, sharedPortal } from './portal.ts'

const LONG_URL = `https://hooks.example.org/${'inbound/'.repeat(40)}?token=${'abcdefghij'.repeat(20)}`

/** Some of everything. Answers the path of each page. */
async function fill(send: Send, receiver: string): Promise<Record<string, string>> {
  const events = ['article.created', 'article.updated']
  const { body: webhook } = await send('POST', '/v1/webhooks', { url: receiver, events })
  const { body: long } = await send('POST', '/v1/webhooks', {
    url: LONG_URL,
    events: ['article.*'],
    headers: [{ name: `X-${'Long-'.repeat(15)}Name`, value: 'long '.repeat(50).trim(), secret: false }],
    authorization: {
      type: 'oauth2',
      token_url: `https://example.org/${'token/'.repeat(40)}`,
      client_id: 'newsroom',
      client_secret: 'sesame',
    },
    metadata: { [`m${'e'.repeat(39)}`]: 'longer'.repeat(80) },
  })
  await newArticle(send, 1)
  const log = await until(
    () => send('GET', `/v1/webhooks/${webhook.id}/deliveries`),
    ({ body }) => body.data[0]?.state === 'delivered',
    'the delivery',
  )
  const [delivery] = log.body.data
  const requests = await until(
    () => send('GET', '/v1/requests?method=POST'),
    ({ body }) => body.data.length > 0,
    'the log of requests',
  )
  return {
    webhooks: '/portal/webhooks',
    'new webhook': '/portal/webhooks/new',
    webhook: `/portal/webhooks/${webhook.id}`,
    'a long URL': `/portal/webhooks/${long.id}`,
    'edit all that it may say': `/portal/webhooks/${long.id}/edit`,
    'edit webhook': `/portal/webhooks/${webhook.id}/edit`,
    delivery: `/portal/deliveries/${delivery.id}`,
    events: '/portal/events',
    event: `/portal/events/${delivery.event_id}`,
    requests: '/portal/requests',
    request: `/portal/requests/${requests.body.data[0].id}`,
    keys: '/portal/keys',
    'new key': '/portal/keys/new',
    audit: '/portal/audit',
    'test data': '/portal/test/keys',
    nowhere: '/portal/nowhere',
    'no such webhook': '/portal/webhooks/whk_none',
  }
}

/** Waits until what the page shows has been read. */
async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor()
  await page.locator('.loading').waitFor({ state: 'detached' })
}

test('axe finds nothing on any page, in light and in dark; nothing scrolls sideways from 360 px up', async t => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer({ reducedMotion: 'reduce' })
  const paths = await fill(send, receiver.url)
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(portal.url + path)
    await settled(page)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 900 })
    assert.deepEqual(await audit(page), [], `${name}, light`)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 800 })
    assert.deepEqual(await audit(page, ['color-contrast', 'target-size']), [], `${name}, dark`)
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, name)
  }
})

/** Those that JSON can carry; an empty one is no test. */
const STRINGS = (naughtyStrings as readonly string[]).filter(text => text !== '')

/** A field is typed into for each of these: each takes a tenth of a second. */
const TYPED = STRINGS.filter((_, index) => index % 20 === 0)

/** As few texts of at most `most` characters as hold all of the strings that fit. */
function packed(most: number): readonly string[] {
  const packs = ['']
  for (const text of STRINGS.filter(({ length }) => length <= most)) {
    const last = packs.at(-1) ?? ''
    if (last.length + 1 + text.length <= most) packs[packs.length - 1] = `${last}\n${text}`.trimStart()
    else packs.push(text)
  }
  return packs
}

test('naughty strings are text in every field and wherever they are shown', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  for (const description of packed(500)) {
    const webhook = { url: 'https://example.com/', events: ['article.created'], description }
    assert.equal((await send('POST', '/v1/webhooks', webhook)).status, 201)
  }
  for (const name of packed(100).slice(0, 40)) await send('POST', '/v1/keys', { name })
  const text = STRINGS.join('\n')
  const article = { headline: STRINGS[0], link: 'https://example.com/', text }
  assert.equal((await send('POST', '/v1/articles', article)).status, 201)

  await page.getByRole('link', { name: 'New webhook' }).click()
  for (const name of ['URL', 'Condition', 'Description']) {
    const field = page.getByRole('textbox', { name })
    for (const text of TYPED) await field.fill(text)
  }
  await page.getByRole('checkbox', { name: 'article.created' }).check()
  await page.getByRole('textbox', { name: 'URL' }).fill('javascript:alert(1)')
  await page.getByRole('textbox', { name: 'Condition' }).fill('<script>alert(1)</script>')
  await page.locator('[aria-invalid]').waitFor()
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await page.locator('.field', { hasText: 'Where your program listens' }).locator('[aria-invalid]').waitFor()

  await page.goto(`${portal.url}/portal/webhooks`)
  const shown = (await page.locator('tbody').textContent()) ?? ''
  for (const description of packed(500)) assert.ok(shown.includes(description), description)
  await page.goto(`${portal.url}/portal/keys/new`)
  for (const name of ['Name', 'Addresses']) {
    const field = page.getByRole('textbox', { name })
    for (const text of TYPED) await field.fill(text)
  }
  await page.goto(`${portal.url}/portal/audit`)
  await page
    .getByRole('row', { name: /key\.created/ })
    .first()
    .waitFor()
  await page.goto(`${portal.url}/portal/keys`)
  assert.ok(((await page.locator('tbody').textContent()) ?? '').includes(packed(100)[0] ?? ''))
  await page.getByRole('link', { name: 'Events' }).click()
  await page.getByRole('link', { name: 'article.created' }).click()
  const data = (await page.getByRole('region', { name: 'Data' }).textContent()) ?? ''
  assert.equal(JSON.parse(data).text, text)
})

test('by the keyboard alone: skip, create a webhook, and leave a dialog to where it was opened', async () => {
  const portal = await sharedPortal()
  const { page } = await portal.newcomer()
  const { keyboard } = page
  await page.reload()
  await settled(page)
  await keyboard.press('Tab')
  assert.match(await focused(page), /^A Skip to the content/)
  await keyboard.press('Enter')
  await tabTo(page, /^A New webhook/)
  await keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'URL' }).waitFor()
  await tabTo(page, /^INPUT URL/)
  await keyboard.type('https://example.com/hooks')
  await tabTo(page, /^INPUT article.created/)
  await keyboard.press('Space')
  await tabTo(page, /^INPUT POST/)
  await keyboard.press('ArrowRight')
  assert.match(await focused(page), /^INPUT PUT/)
  await tabTo(page, /^BUTTON Create webhook/)
  await keyboard.press('Enter')
  await page.getByText('This is the webhook’s secret').waitFor()
  await tabTo(page, /^BUTTON I have stored it/)
  await keyboard.press('Enter')

  const remove = page.getByRole('button', { name: 'Delete', exact: true })
  await remove.focus()
  await keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  for (let step = 0; step < 6; step += 1) {
    await keyboard.press('Tab')
    // From its last button Tab leads to the browser's own, and from there back.
    const isKept = await page.evaluate(`document.activeElement === document.body ||
      document.querySelector('dialog').contains(document.activeElement)`)
    assert.ok(isKept, 'the dialog keeps the focus')
  }
  await keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.match(await focused(page), /^BUTTON Delete/)
})

/** The element that has the focus, and its name; fails where nothing shows that it has it. */
async function focused(page: Page): Promise<string> {
  const [what, isSeen] = (await page.evaluate(`(() => {
    const element = document.activeElement
    const drawn = [element, element.nextElementSibling ?? element]
      .flatMap(each => [getComputedStyle(each), getComputedStyle(each, '::after')])
    const name = element.labels?.[0]?.textContent ?? element.textContent
    return [element.tagName + ' ' + name.trim(), drawn.some(style => style.outlineStyle !== 'none')]
  })()`)) as [string, boolean]
  assert.ok(isSeen, `${what} has the focus, and nothing shows it`)
  return what
}

/** Presses Tab until the focus is there, 40 times at most. */
async function tabTo(page: Page, what: RegExp): Promise<void> {
  const passed: string[] = []
  while (passed.length < 40) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    if (what.test(now)) return
    passed.push(now)
  }
  assert.fail(`Tab does not lead to ${what}, but to ${passed.join(' | ')}`)
}

test('a list that is read again draws nothing anew until something has changed; older pages are a button away', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  for (let score = 0; score < 51; score += 1) await newArticle(send, score)
  const rows = page.getByRole('row', { name: /article.created/ })
  const shown = (expected: number): Promise<number> =>
    until(
      () => rows.count(),
      count => count === expected,
      'the rows',
    )
  await page.getByRole('link', { name: 'Events' }).click()
  await page.getByRole('button', { name: 'Older' }).click()
  await shown(1)
  await page.evaluate(`globalThis.changes = 0
    new MutationObserver(seen => { changes += seen.length })
      .observe(document.body, { childList: true, subtree: true, attributes: true })`)
  for (let readings = 0; readings < 2; readings += 1) await page.waitForResponse(/\/v1\/events/)
  assert.equal(await page.evaluate('changes'), 0)
  await page.getByRole('button', { name: 'Newer' }).click()
  await shown(50)
  const first = await rows.first().getByRole('link').getAttribute('href')
  await newArticle(send, 51)
  await until(
    () => rows.first().getByRole('link').getAttribute('href'),
    href => href !== first,
    'the newest event',
  )
})
