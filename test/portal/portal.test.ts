import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { startReceiver } from '../e2e/receiver.ts'
import { newArticle, sharedPortal } from './portal.ts'

test('a webhook from the text box to its log: link, URL, event, a condition mended, secret, test, the event that meets it', async t => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  const article = await newArticle(send, 4)
  await send('PATCH', `/v1/articles/${article}`, { score: 12.5 })
  await send('PATCH', `/v1/articles/${article}`, { score: 5 })

  assert.equal(new URL(page.url()).hash, '', 'the token is out of the address')
  await page.getByText('No webhooks yet').waitFor()
  await page.getByRole('link', { name: 'New webhook' }).click()

  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url)
  await page.getByRole('checkbox', { name: 'article.updated' }).check()
  await page.getByRole('complementary', { name: 'Example' }).getByText('"score": 5').first().waitFor()

  await page
    .locator('.such-as')
    .getByText(/^data\.\w+ > 10 && before\.\w+ <= 10$/)
    .waitFor()
  const condition = page.getByRole('textbox', { name: 'Condition' })
  await condition.fill('data.scor > 10.0 && before.score <= 10.0')
  await page.getByText("'scor'").waitFor()
  assert.equal(await condition.getAttribute('aria-invalid'), 'true')
  assert.equal(await page.locator('.mark b').textContent(), '^')
  await page.getByRole('button', { name: 'Create webhook' }).click()
  assert.equal(new URL(page.url()).pathname, '/portal/webhooks/new', 'it is not made before it is mended')

  await condition.fill('data.score > 10.0 && before.score <= 10.0')
  await page.getByText('Would have fired for 1 of the last 2 events').waitFor()
  await page.getByRole('region', { name: 'The last events' }).getByText('data.score').waitFor()
  await page.getByRole('button', { name: 'Create webhook' }).click()

  await page.getByRole('heading', { name: 'This is the webhook’s secret' }).waitFor()
  await page.getByRole('button', { name: 'Copy the secret' }).click()
  await page.getByRole('button', { name: 'Copied the secret' }).waitFor()
  const secret = (await page.evaluate('navigator.clipboard.readText()')) as string
  assert.match(secret, /^whsec_/)

  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByRole('button', { name: 'Send it' }).click()
  const tested = await receiver.next(() => true)
  new Webhook(secret).verify(tested.body, tested.headers as Record<string, string>)
  await page.getByRole('row', { name: /webhook\.test Delivered/ }).waitFor()
  await page.getByRole('link', { name: 'webhook.test' }).click()
  const request = page.getByRole('region', { name: 'Request of attempt 1' })
  await request.getByText(receiver.url).waitFor()
  await request.getByText('webhook-signature').waitFor()
  await request.getByRole('button', { name: 'As sent' }).click()
  assert.equal(await request.locator('pre').textContent(), tested.body)
  await page.getByRole('region', { name: 'Response to attempt 1' }).getByText('204').waitFor()

  // What happens next appears by itself.
  await page.getByRole('link', { name: 'Webhook', exact: true }).click()
  await page.getByText(secret).waitFor()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  assert.equal(await page.getByText(secret).count(), 0)
  await send('PATCH', `/v1/articles/${article}`, { score: 20 })
  await page.getByRole('row', { name: /article\.updated Delivered/ }).waitFor()

  await toEvent(page, 'article.updated', 0)
  await page.getByText('score: 5 → 20').waitFor()
  await page.getByRole('row', { name: /Met/ }).waitFor()
  await toEvent(page, 'article.updated', 1)
  await page.getByText('score: 12.5 → 5').waitFor()
})

/** Opens an event of the list: 0 is the newest of its type. */
async function toEvent(page: Page, type: string, index: number): Promise<void> {
  await page.getByRole('navigation', { name: 'Portal' }).getByRole('link', { name: 'Events' }).click()
  await page.getByRole('link', { name: type }).nth(index).click()
}

test('a webhook can be changed, paused, resumed and deleted; GET says why it is a form that Twilio signs', async t => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  const article = await newArticle(send, 4)
  await send('POST', '/v1/webhooks', { url: receiver.url, events: ['article.updated'] })
  await page.getByRole('link', { name: receiver.url }).click()

  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('heading', { level: 1 }).locator('..').getByText('Paused').waitFor()
  await send('PATCH', `/v1/articles/${article}`, { score: 1 })
  await page.getByRole('row', { name: /article\.updated Pending 0 when resumed/ }).waitFor()
  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByRole('button', { name: 'Send it' }).click()
  await page.getByRole('alert').getByText('Webhook paused').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()

  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByRole('radio', { name: 'XML' }).check({ force: true })
  await page.getByRole('radio', { name: 'GET' }).check({ force: true })
  await page.getByText('GET has no body').waitFor()
  await page.getByText('only Twilio’s signature covers it').waitFor()
  assert.ok(await page.getByRole('radio', { name: 'Form' }).isChecked())
  assert.ok(await page.getByRole('radio', { name: 'JSON' }).isDisabled())
  await page.getByRole('complementary', { name: 'Example' }).getByText('data.score = ').waitFor()
  await page.getByRole('radio', { name: 'PUT' }).check({ force: true })
  assert.ok(await page.getByRole('radio', { name: 'XML' }).isChecked(), 'what was chosen before comes back')
  await page.getByRole('complementary', { name: 'Example' }).getByText('<score>').first().waitFor()
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('PUT, as XML').waitFor()

  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('row', { name: /article\.updated Delivered/ }).waitFor()
  assert.equal(receiver.received.at(-1)?.method, 'PUT')

  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByLabel('Event').selectOption('article.created')
  await page.getByRole('button', { name: 'Send it' }).click()
  await page.getByRole('row', { name: /article\.created Delivered/ }).waitFor()
  assert.match(receiver.received.at(-1)?.body ?? '', /<test>true<\/test>/)
  await page.getByRole('button', { name: 'Send failed again' }).click()
  await page.getByRole('button', { name: 'Send them again' }).click()
  await page.getByText('None has failed in this time.').waitFor()
  await page.getByRole('button', { name: 'Replay events' }).click()
  await page.getByRole('radio', { name: '30 days' }).check({ force: true })
  await page.getByRole('button', { name: 'Replay them' }).click()
  await page.getByText(/\d+ events? (is|are) sent\.|nothing that it has not had/).waitFor()

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete this webhook?' }).waitFor()
  await page.getByRole('button', { name: 'Delete webhook' }).click()
  await page.getByText('No webhooks yet').waitFor()
})

test('a refused delivery says what came back, when it is tried next, and is retried by a button', async t => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  receiver.behave(() => 500)
  await send('POST', '/v1/webhooks', { url: receiver.url, events: ['article.created'] })
  await newArticle(send, 1)
  await page.getByRole('link', { name: receiver.url }).click()
  await page.getByRole('row', { name: /Pending [12] in \d+ / }).waitFor()
  await page.getByRole('link', { name: 'article.created' }).click()
  await page.getByText('500 Refused').first().waitFor()
  receiver.behave(() => 200)
  await page.getByRole('button', { name: 'Retry now' }).click()
  await page.getByText('200 Delivered').waitFor()
  await page.locator('h1').locator('..').getByText('Delivered').waitFor()
})

test('21: a webhook whose receiver is gone says so, and a button enables it', async t => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  receiver.behave(() => 410)
  await send('POST', '/v1/webhooks', { url: receiver.url, events: ['article.created'] })
  await newArticle(send, 1)
  await page.getByRole('link', { name: receiver.url }).click()
  await page.getByText('It is disabled').waitFor()
  await page.getByText('Its receiver answered 410, which says that it is gone').waitFor()
  await page.getByRole('row', { name: /Pending 1 when enabled/ }).waitFor()
  receiver.behave(() => 204)
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('row', { name: /Delivered 2/ }).waitFor()
  await page.locator('h1').locator('..').getByText('Active').waitFor()
})

test('a key is shown once, works at once, and is refused once revoked', async () => {
  const portal = await sharedPortal()
  const { page } = await portal.newcomer()
  await page.getByRole('link', { name: 'Keys' }).click()
  await page.getByRole('link', { name: 'New key' }).click()
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Give it a name.').waitFor()
  await page.getByRole('textbox', { name: 'Name' }).fill('My laptop')
  await page.keyboard.press('Enter')
  const once = page.getByRole('region', { name: 'The key “My laptop” is there' })
  const key = (await once.locator('.once-text code').textContent()) ?? ''
  const status = async (): Promise<number> =>
    (await fetch(`${portal.url}/v1/keys`, { headers: { authorization: `Bearer ${key}` } })).status
  assert.equal(await status(), 200)

  await page.reload()
  await page.getByRole('row', { name: /My laptop/ }).waitFor()
  assert.equal(await page.getByText(key).count(), 0)
  await page.getByRole('button', { name: 'Revoke My laptop' }).click()
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByRole('row', { name: /My laptop.* Revoked/ }).waitFor()
  assert.equal(await status(), 401)
})

test('the list of keys tells what each may do, from where, until when, and when it was last used', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  const expires_at = new Date(Date.now() + 36 * 3_600_000).toISOString()
  const terms = { name: 'Reader', scopes: ['articles:read', 'events:read'], addresses: ['192.0.2.0/24'] }
  assert.equal((await send('POST', '/v1/keys', { ...terms, expires_at })).status, 201)
  await page.getByRole('link', { name: 'Keys' }).click()
  const reader = page.getByRole('row', { name: /^Reader/ })
  await reader.getByText('articles:read events:read').waitFor()
  await reader.getByText('from 192.0.2.0/24').waitFor()
  await reader.getByText('Never').waitFor()
  await reader.getByText(/^Expires in 1 d/).waitFor()
  await page.getByRole('row', { name: /^a program.* All just now/ }).waitFor()
})

test('a key is made with scopes, a last day and addresses, each mended where it cannot be', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  await page.getByRole('link', { name: 'Keys' }).click()
  await page.getByRole('link', { name: 'New key' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Reader')
  await page.getByRole('radio', { name: 'Only some of it' }).check({ force: true })
  await page.getByRole('radio', { name: 'On a day' }).check({ force: true })
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Choose at least one.').waitFor()
  await page.getByText('Choose the day.').waitFor()
  await page.getByRole('checkbox', { name: 'Read articles' }).check()
  await page.getByRole('checkbox', { name: 'Feature articles' }).check()
  await page.getByLabel('Last day').fill('2001-01-01')
  await page.getByRole('textbox', { name: 'Addresses' }).fill('192.0.2.0/99')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Expected a time to come').waitFor()
  await page.getByText('Expected an address, or a network').waitFor()
  await page.getByLabel('Last day').fill('2100-12-31')
  await page.getByRole('textbox', { name: 'Addresses' }).fill('192.0.2.0/24\n2001:db8::/32')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('region', { name: 'The key “Reader” is there' }).waitFor()
  const [made] = (await send('GET', '/v1/keys')).body.data
  assert.deepEqual(made.scopes, ['articles:feature', 'articles:read'])
  assert.deepEqual(made.addresses, ['192.0.2.0/24', '2001:db8::/32'])
  assert.match(made.expires_at, /^(2100-12-31|2101-01-01)T/)
})

test('a key is rolled with an overlap: both are in the list until the old one ends, and the log says who did it', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  await send('POST', '/v1/keys', { name: 'Server' })
  await page.getByRole('link', { name: 'Keys' }).click()
  await page.getByRole('button', { name: 'Roll Server' }).click()
  await page.getByRole('radio', { name: '1 hour' }).check({ force: true })
  await page.getByRole('button', { name: 'Roll key' }).click()
  await page.getByRole('region', { name: 'The key “Server” is there' }).waitFor()
  const servers = page.getByRole('row', { name: /^Server/ })
  await servers
    .nth(1)
    .getByText(/^Expires in (1 h 0|59) min/)
    .waitFor()
  assert.equal(
    await servers
      .first()
      .getByText(/Expires/)
      .count(),
    0,
  )
  await page.getByRole('navigation', { name: 'Portal' }).getByRole('link', { name: 'Audit' }).click()
  await page.getByRole('row', { name: /key\.rolled .* Somebody signed in .*127\.0\.0\.1/ }).waitFor()
  await page.getByRole('row', { name: /key\.created .* The key “a program”/ }).waitFor()
  await page.getByRole('row', { name: /key\.created .* The application/ }).waitFor()
})

test('test data is a switch away, told on every page, and apart from live data', async () => {
  const portal = await sharedPortal()
  const { page, send } = await portal.newcomer()
  const asTest = { 'api-mode': 'test' }
  const article = { headline: 'Tried', link: 'https://news.example/', text: 'x' }
  assert.equal((await send('POST', '/v1/articles', article, asTest)).status, 201)
  await page.getByRole('link', { name: 'Events' }).click()
  await page.getByText('Nothing has happened yet').waitFor()
  const toggle = page.getByRole('switch', { name: 'Test data' })
  assert.equal(await toggle.getAttribute('aria-checked'), 'false')
  await toggle.click()
  await page.getByText('Nothing here is live').waitFor()
  await page.getByRole('link', { name: 'article.created' }).click()
  await page.getByRole('region', { name: 'Data' }).getByText('Tried').waitFor()
  assert.match(new URL(page.url()).pathname, /^\/portal\/test\/events\/evt_/)
  await page.reload()
  await page.getByRole('region', { name: 'Data' }).getByText('Tried').waitFor()

  await page.getByRole('link', { name: 'Keys' }).click()
  await page.getByText('No keys yet').waitFor()
  await page.getByRole('link', { name: 'New key' }).click()
  assert.ok(await page.getByRole('radio', { name: 'Test' }).isChecked())
  await page.getByRole('textbox', { name: 'Name' }).fill('Trial')
  await page.getByRole('button', { name: 'Create key' }).click()
  const once = page.getByRole('region', { name: 'The key “Trial” is there' })
  assert.match((await once.locator('.once-text code').textContent()) ?? '', /^news_test_/)
  await page.getByRole('button', { name: 'I have stored it' }).click()

  // From there a live key leads to the live keys.
  await page.getByRole('link', { name: 'New key' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Real')
  await page.getByRole('radio', { name: 'Live' }).check({ force: true })
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('region', { name: 'The key “Real” is there' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/portal/keys')
  await page.getByRole('row', { name: /^a program/ }).waitFor()
  assert.equal(await page.getByText('Nothing here is live').count(), 0)
  assert.equal(await page.getByRole('row', { name: /^Trial/ }).count(), 0)
})

test('what is not there says where it may have gone', async () => {
  const { page } = await (await sharedPortal()).newcomer()
  await page.goto(new URL('/portal/webhooks/whk_none', page.url()).href)
  await page.getByText('on the other side of the switch “Test data”').waitFor()
})

test('without a session the page says how to get one; a spent link says so; what ends elsewhere ends here', async () => {
  const portal = await sharedPortal()
  const stranger = await portal.visitor()
  await stranger.goto(`${portal.url}/portal/keys`)
  await stranger.getByRole('heading', { name: 'Sign in with a link' }).waitFor()
  // Pasted over the address: nothing is loaded anew.
  await stranger.goto(`${portal.url}/portal/keys#sign-in=nobody-ever-made-this-one`)
  await stranger.getByRole('heading', { name: 'This link no longer works' }).waitFor()
  assert.equal(stranger.url(), `${portal.url}/portal/keys`)

  const page = await portal.visitor()
  await page.goto(portal.printed)
  await page.getByText('demo', { exact: true }).waitFor()
  const second = await page.context().newPage()
  await second.goto(`${portal.url}/portal/events`)
  await second.getByRole('button', { name: 'Sign out' }).click()
  await second.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
  await page.goto(portal.printed)
  await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
})
