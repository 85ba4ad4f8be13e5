import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as z from 'zod'
import { type Api, api, resource } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { tempFolder } from '../store/temp.ts'
import { storeAt } from '../store-at.ts'
import { type Fixture, startFixture } from './fixture.ts'

// An api over tables that another program writes: the real shell of SQLite, in a process of its own.

/** Skips where the shell is missing; in CI that is a failure, so that the rule cannot go unnoticed. */
export const needsShell = (): string | false => {
  const missing = spawnSync('sqlite3', ['--version']).error !== undefined
  return missing && process.env['CI'] !== 'true' && 'sqlite3 is not installed'
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
  id text primary key, title text, score integer, ratio real, live integer, tags text, note text,
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
  readonly file: string
  /** Runs SQL in the other program, and waits for its end. Answers what it printed. */
  shell(sql: string): Promise<string>
  /** All events of an account, oldest first, once there are as many. */
  events(count: number, send?: Send): Promise<readonly Fact[]>
}

/** An api at work on a database that the other program has made. */
export async function startWatched(definition: Api = newspaper, tables = ARTICLES): Promise<Watched> {
  const folder = await tempFolder()
  const file = join(folder.path, 'shared.db')
  const shell = (sql: string): Promise<string> => runShell(file, sql)
  await shell(tables)
  const fixture = await startFixture(definition, { store: storeAt(file) })
  return {
    fixture,
    file,
    shell,
    events: (count, send = fixture.send) => eventsOf(send, count),
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Throws what it printed as an error. */
export function runShell(file: string, sql: string): Promise<string> {
  const child = spawn('sqlite3', ['-bail', '-cmd', '.timeout 10000', file])
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
