import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach } from 'node:test'
import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { folder as keptIn } from 'signalbox/folder'
import { openApp } from 'signalbox/node'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { buildPortal } from '../../scripts/portal.ts'
import { startBrowser } from '../e2e/browser.ts'
import { client, type Send } from '../e2e/client.ts'
import { startNewsroom } from '../e2e/program.ts'
import { sqliteLocation } from '../sqlite-location.ts'
import { storeAt } from '../store-at.ts'

const REFUSED = 'Failed to load resource: the server responded with a status of 4'

/** The newsroom, and a browser that its portal is opened in. */
export interface Portal {
  readonly url: string
  /** The sign-in link that the newsroom has printed, of its demo account. */
  readonly printed: string
  /** A browser that knows nothing yet. Its pages are watched. */
  visitor(options?: BrowserContextOptions): Promise<Page>
  /** The same, signed in to an account of its own, and `send` for what that account's programs do. */
  newcomer(options?: BrowserContextOptions): Promise<{ page: Page; send: Send }>
  /**
   * Closes all pages. Fails where one of them asked another origin, ran into an error, or was refused something by its
   * policy.
   */
  closePages(): Promise<void>
  close(): Promise<void>
}

/** One for all tests of the process, in how many files ever. */
let opened: Promise<Portal> | undefined
afterEach(async () => (await opened)?.closePages())
after(async () => (await opened)?.close())

/** The first that asks for it opens it, so that a file whose tests are left out opens nothing. */
export function sharedPortal(): Promise<Portal> {
  opened ??= openPortal()
  return opened
}

async function openPortal(): Promise<Portal> {
  await buildPortal()
  const place = await sqliteLocation()
  const browser = await startBrowser()
  const program = await startNewsroom(place)
  const { url } = program
  const app = await openApp(newsroom, {
    store: storeAt(place.location),
    files: keptIn(join(place.folder, 'files')),
    work: false,
  })
  const wrong: string[] = []
  let accounts = 0

  const visitor: Portal['visitor'] = async options => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    watch(page, url, wrong)
    return page
  }
  return {
    url,
    printed: /http:\S+\/portal#sign-in=\S+/.exec(program.output())?.[0] ?? '',
    visitor,
    async newcomer(options) {
      accounts += 1
      const account = await app.accounts.named(`account ${accounts}`)
      const { key } = await app.accounts.issueKey(account, 'a program')
      const { path } = await app.accounts.signInLink(account)
      const page = await visitor(options)
      await page.goto(url + path)
      await page.getByRole('heading', { name: 'Webhooks' }).waitFor()
      return { page, send: client(url, key) }
    },
    async closePages() {
      await Promise.all(browser.contexts().map(context => context.close()))
      assert.deepEqual(wrong.splice(0), [])
    },
    async close() {
      await browser.close()
      await app.close()
      await program.kill()
      await place.remove()
    },
  }
}

/** Notes what no page of the portal may do. */
function watch(page: Page, home: string, wrong: string[]): void {
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && origin !== home) wrong.push(`asked ${request.url()}`)
  })
  page.on('pageerror', error => wrong.push(error.message))
  page.on('dialog', dialog => wrong.push(`a dialog: ${dialog.message()}`))
  page.on('console', message => {
    // The browser writes a line for each refusal of the api; the page shows them in its own words.
    const isRefusal = message.text().startsWith(REFUSED)
    if (message.type() === 'error' && !isRefusal) wrong.push(message.text())
  })
}

/** What axe finds on the page as it stands, a line each; by all of its rules, or by these. */
export async function audit(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // By the debugger, which the page's policy does not bind.
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(axe.source)
  // What is well need not be described.
  const options: axe.RunOptions = { resultTypes: ['violations'], ...(rules && { runOnly: [...rules] }) }
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html}`))
}

/** An article of this score, as the api answers it. */
export async function newArticle(send: Send, score: number, headline = 'The night ferry'): Promise<string> {
  const article = { headline, link: 'https://news.example/ferry', text: 'It sails again.', score }
  const { status, body } = await send('POST', '/v1/articles', article)
  assert.equal(status, 201, JSON.stringify(body))
  return body.id
}
