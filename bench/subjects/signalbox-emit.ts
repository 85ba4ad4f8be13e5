// Events of an account with one webhook, a unit for each. No work is done: their deliveries are still to be written.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { api, event } from '../../src/index.ts'
import { fetchHandler } from '../../src/runtimes/fetch/index.ts'
import { openApp } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { draft } from './articles.ts'
import { runEmitting } from './emitting.ts'
import { Article } from './zod-schemas.ts'

const articleCreated = event('article.created', Article)
const newsroom = api({ title: 'Newsroom', version: '1', events: [articleCreated] })

const file = join(process.env['DATA'] ?? '.', 'signalbox.db')
const app = await openApp(newsroom, { store: sqlite(file), egress: { open: ['loopback'] }, work: false })
const account = await app.accounts.create('bench')
const { key } = await app.accounts.issueKey(account, 'bench')
const created = await fetchHandler(app)(
  new Request('http://127.0.0.1/webhooks', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'http://127.0.0.1/hook', events: [articleCreated.name] }),
  }),
)
if (created.status !== 201) throw new Error(`no webhook: ${await created.text()}`)

const article = { ...draft, tags: [...draft.tags] }
await runEmitting(
  at => app.unit(account, async ({ emit }) => emit(articleCreated, { ...article, id: `art_${at}` })),
  () => {
    const db = new DatabaseSync(file)
    const row = db.prepare('select count(*) as n from signalbox_events where dispatched = 0').get()
    db.close()
    return Number(row?.['n'])
  },
)
await app.close()
