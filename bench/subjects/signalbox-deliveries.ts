// Events of one account, owed to its one webhook. The queue is filled by an app that does no work, then another opens.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { api, event } from '../../src/index.ts'
import { fetchHandler } from '../../src/runtimes/fetch/index.ts'
import { type App, openApp } from '../../src/runtimes/node/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { draft } from './articles.ts'
import { CONCURRENCY, environment } from './delivering.ts'
import { Article } from './zod-schemas.ts'

const articleCreated = event('article.created', Article)
const newsroom = api({ title: 'Newsroom', version: '1', events: [articleCreated] })

const jobs = Number(environment('JOBS'))
const warmUp = Math.ceil(jobs / 10)
/** PostgreSQL where DATABASE_URL names one; a second process works beside this one where SECOND_CORE names its core. */
const { DATABASE_URL, SECOND_CORE } = process.env
const store =
  DATABASE_URL === undefined ? sqlite(join(environment('DATA'), 'signalbox.db')) : postgres(DATABASE_URL)
const open = (work: boolean): Promise<App> =>
  openApp(newsroom, { store, egress: { open: ['loopback'] }, work })

const EVENTS_IN_A_UNIT = 200

async function emitEvents(app: App, from: number, count: number): Promise<void> {
  const end = from + count
  for (let start = from; start < end; start += EVENTS_IN_A_UNIT) {
    await app.unit(account, async ({ emit }) => {
      for (let i = start; i < Math.min(start + EVENTS_IN_A_UNIT, end); i++) {
        emit(articleCreated, { ...draft, tags: [...draft.tags], id: `art_${i}` })
      }
    })
  }
}

/** How many deliveries have their outcome on record; undefined while some have not. */
const recorded = (app: App): Promise<number | undefined> =>
  app.unit(account, async ({ sql }) => {
    const waits =
      (await sql.get('select 1 from signalbox_lanes where ready_at is not null limit 1')) ??
      (await sql.get('select 1 from signalbox_events where dispatched = 0 limit 1'))
    if (waits !== undefined) return undefined
    const row = await sql.get(`select count(*) as n from signalbox_attempts where outcome = 'delivered'`)
    return Number(row?.['n'])
  })

async function workOff(app: App, total: number): Promise<void> {
  let done: number | undefined
  while (done === undefined) {
    await pause(50)
    done = await recorded(app)
  }
  if (done !== total) throw new Error(`of ${total} deliveries ${done} are on record as delivered`)
}

/** A second process, which begins when it is told to, as this one does when it opens its app. */
async function startSecond(core: number) {
  const child = fork(import.meta.filename, ['second'], { execArgv: process.execArgv })
  const exited = once(child, 'exit')
  execFileSync('taskset', ['-a', '-cp', String(core), String(child.pid)])
  await once(child, 'message')
  return {
    begin: () => void child.send('begin'),
    async end() {
      child.send('end')
      await exited
    },
  }
}
async function beSecond(): Promise<void> {
  process.send?.('ready')
  await once(process, 'message')
  const own = await open(true)
  await once(process, 'message')
  await own.close()
  process.exit(0)
}
if (process.argv[2] === 'second') await beSecond()

let app = await open(true)
const account = await app.accounts.create('bench')
const { key } = await app.accounts.issueKey(account, 'bench')
const created = await fetchHandler(app)(
  new Request('http://127.0.0.1/webhooks', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      url: `${environment('TARGET')}/hook`,
      events: [articleCreated.name],
      concurrency: CONCURRENCY,
    }),
  }),
)
if (created.status !== 201) throw new Error(`no webhook: ${await created.text()}`)
const { secret } = (await created.json()) as { readonly secret: string }

await emitEvents(app, 0, warmUp)
await workOff(app, warmUp)
await app.close()

app = await open(false)
await emitEvents(app, warmUp, jobs)
await app.close()

const second = SECOND_CORE === undefined ? undefined : await startSecond(Number(SECOND_CORE))
const startedAt = process.hrtime.bigint()
second?.begin()
app = await open(true)
await workOff(app, warmUp + jobs)
await second?.end()
console.log(`DONE ${JSON.stringify({ startedAt: String(startedAt), sent: warmUp + jobs, secret })}`)
await app.close()
