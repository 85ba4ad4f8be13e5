import { spawn, spawnSync } from 'node:child_process'
import * as z from 'zod'
import { type Api, api, resource } from '../../src/contract/index.ts'
import { freshLocation, onPostgres } from '../database.ts'
import { type Send, until } from '../e2e/client.ts'
import { type Location, storeAt } from '../store-at.ts'
import { type Fixture, startFixture } from './fixture.ts'

// An api over tables that another program writes: the database's own shell, in a process of its own.

/** Skips where the shell is missing; in CI that is a failure, so that the rule cannot go unnoticed. */
export const needsShell = (): string | false => {
  const shell = onPostgres ? 'psql' : 'sqlite3'
  const missing = spawnSync(shell, ['--version']).error !== undefined
  return missing && process.env['CI'] !== 'true' && `${shell} is not installed`
}

export const Article = z.object({
  id: z.string(),
  title: z.string(),
  score: z.int(),
  ratio: z.number().nullable(),
  live: z.boolean(),
  tags: z.array(z.string()),
  note: z.string().optional(),
})

export const articles = resource('article', {
  path: '/articles',
  schema: Article,
  owner: 'account_id',
  watch: true,
})

export const newspaper = api({ title: 'Newspaper', version: '1', base: '/v1', resources: [articles] })

/** As another program would have made it: it lets everything in, and has columns that nobody is shown. */
export const ARTICLES = `create table articles (
  id text primary key, title text, score bigint, ratio double precision, live integer, tags text, note text,
  account_id text, link text unique, views integer default 0);`

/** A row of `account`. */
export const row = (id: string, account: string, score = 0): string =>
  `insert into articles (id, title, score, ratio, live, tags, account_id, link)
   values ('${id}', 'The ${id}', ${score}, 0.5, 1, '["a"]', '${account}', 'link-${id}');`

export interface Fact {
  readonly id: string
  readonly type: string
  readonly at: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into rows of every shape
  readonly data?: any
  // biome-ignore lint/suspicious/noExplicitAny: tests look into rows of every shape
  readonly before?: any
}

export interface Watched extends AsyncDisposable {
  readonly fixture: Fixture
  readonly database: Location
  /** Runs SQL in the other program, and waits for its end. Answers what it printed. */
  shell(sql: string): Promise<string>
  /** All events of an account, oldest first, once there are as many. */
  events(count: number, send?: Send): Promise<readonly Fact[]>
}

/** An api at work on a database that the other program has made. */
export async function startWatched(definition: Api = newspaper, tables = ARTICLES): Promise<Watched> {
  const { location: database, remove } = await freshLocation()
  const shell = (sql: string): Promise<string> => runShell(database, sql)
  await shell(tables)
  const fixture = await startFixture(definition, { store: storeAt(database) })
  return {
    fixture,
    database,
    shell,
    events: (count, send = fixture.send) => eventsOf(send, count),
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await remove()
    },
  }
}

/** The application's own search path, and Signalbox's tables behind it; nothing is said of what is not wrong. */
const SHELL_ENV = {
  ...process.env,
  PGOPTIONS: '-c search_path=public,signalbox -c client_min_messages=warning',
}

/** Throws what it printed as an error. */
export function runShell(database: Location, sql: string): Promise<string> {
  const child = database.startsWith('postgres:')
    ? spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', database], { env: SHELL_ENV })
    : spawn('sqlite3', ['-bail', '-cmd', '.timeout 10000', database])
  let out = ''
  let err = ''
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    err += chunk
  })
  child.stdin.end(sql)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code =>
      code === 0 && err === '' ? resolve(out) : reject(new Error(err || `exit ${code}`)),
    )
  })
}

export async function eventsOf(send: Send, count: number): Promise<readonly Fact[]> {
  const all = await until(
    async () => {
      const found: Fact[] = []
      for (let next: string | null = ''; next !== null; ) {
        const { body } = await send('GET', `/v1/events?limit=100${next && `&cursor=${next}`}`)
        found.push(...(body.data as Fact[]))
        next = body.next as string | null
      }
      return found
    },
    found => found.length >= count,
    `${count} events`,
  )
  return all.toReversed()
}
