import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { bundled } from '../bundled.ts'
import { type Answered, client } from '../e2e/client.ts'
import { seeded } from '../e2e/seeded.ts'
import { rowIn } from '../other-program.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const USES = 1000
const ROUNDS = 2
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

interface Server {
  readonly process: ChildProcess
  readonly url: string
}

async function startServer(database: string): Promise<Server> {
  const program = await bundled(new URL('children/serving.ts', import.meta.url))
  const child = spawn(process.execPath, [program, database], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { process: child, url: line.toString().trim() }
}

/** As a careful caller does: again, with the same key, until an answer comes that is one. */
async function useUntilAnswered(
  urlOf: () => string,
  key: string,
  path: string,
  name: string,
): Promise<Answered> {
  const book = { title: name, pages: 1 }
  for (;;) {
    try {
      const body = path.endsWith('prepares') ? undefined : book
      const answer = await client(urlOf(), key)('POST', path, body, { 'idempotency-key': name })
      if (answer.status !== 503 && answer.body.code !== 'request-in-progress') return answer
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

test(`${USES} uses of one key at once, in two processes of which one is killed, have one effect (fault 1)`, async t => {
  t.diagnostic(`seed ${SEED} (SEED=${SEED} runs it again)`)
  const random = seeded(SEED)
  // It makes the database, and an account with a key.
  await using fixture = await startFixture(library, { work: false })
  const { database, key } = fixture
  const steady = await startServer(database)
  let doomed = await startServer(database)
  try {
    for (let round = 0; round < ROUNDS; round++) {
      // What has something to prepare takes longer, and is prepared in both.
      const path = round % 2 === 0 ? '/v1/books' : '/v1/prepares'
      const uses = Array.from({ length: USES }, (_, i) => {
        const urlOf = () => (i % 2 === 0 ? steady.url : doomed.url)
        return useUntilAnswered(urlOf, key, path, `key${round}`)
      })
      const killing = (async () => {
        await new Promise(resolve => setTimeout(resolve, random() * 400))
        doomed.process.kill('SIGKILL')
        await once(doomed.process, 'exit')
        doomed = await startServer(database)
      })()
      const [answers] = await Promise.all([Promise.all(uses), killing])
      const [first] = answers
      for (const { status, body } of answers)
        assert.deepEqual([status, body], [first?.status, first?.body], `round ${round}`)
      assert.equal(first?.status, path.endsWith('books') ? 201 : 200)
      const fresh = answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)
      assert.ok(fresh.length <= 1, `${fresh.length} answers that are no replay`)
      const counts = await rowIn(
        database,
        `select (select count(*) from books) as books, (select count(*) from signalbox_events) as events,
          (select count(*) from signalbox_idempotency) as kept`,
      )
      assert.deepEqual(counts, { books: round + 1, events: round + 1, kept: round + 1 })
    }
  } finally {
    for (const each of [steady, doomed]) each.process.kill('SIGKILL')
  }
})
