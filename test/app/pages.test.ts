import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { api, resource } from '../../src/contract/index.ts'
import { PAGE_TEXT } from '../../src/unit/page-text.ts'
import { otherProgram, rowsIn } from '../other-program.ts'
import { type Fixture, startFixture } from './fixture.ts'

const papers = resource('paper', {
  path: '/papers',
  schema: z.object({ id: z.string(), n: z.int(), text: z.string() }),
  owner: 'account_id',
  sort: ['n'],
})
const library = api({ title: 'Papers', version: '1', resources: [papers] })

interface Page {
  readonly data: readonly { readonly id: string; readonly n: number; readonly text: string }[]
  readonly next: string | null
}

/** Into the table itself: what other programs write may be longer than any body. */
async function fill({ database, account }: Fixture, lengths: readonly number[]): Promise<void> {
  await using other = await otherProgram(database)
  await other.rows('begin')
  for (const [n, length] of lengths.entries()) {
    const values = [`pap_${String(n).padStart(26, '0')}`, n % 7, 'x'.repeat(length), account]
    await other.rows('insert into papers (id, n, text, account_id) values ($1, $2, $3, $4)', ...values)
  }
  await other.rows('commit')
}

const empty = ({ database }: Fixture) => rowsIn(database, 'delete from papers')

const LENGTHS = [0, 10, 40_000, 500_000, PAGE_TEXT - 1, PAGE_TEXT, 2 * PAGE_TEXT]

test('pages end where their text would be more than a mebibyte, and none is skipped or doubled, either way', async () => {
  await using fixture = await startFixture(library)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...LENGTHS), { maxLength: 9 }),
      fc.constantFrom('', '&sort=n', '&sort=-n'),
      fc.integer({ min: 1, max: 12 }),
      async (lengths, sort, limit) => {
        await fill(fixture, lengths)
        const walked: Page['data'][number][][] = []
        let at: string | undefined = `/papers?limit=${limit}${sort}`
        let last = at
        while (at !== undefined) {
          const { headers, body }: Awaited<ReturnType<Fixture['send']>> = await fixture.send('GET', at)
          walked.push(body.data)
          last = at
          at = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
        }
        const rows = walked.flat()
        assert.equal(new Set(rows.map(row => row.id)).size, lengths.length)
        assert.equal(rows.length, lengths.length)
        for (const page of walked) {
          const text = page.reduce((sum, row) => sum + row.text.length, 0)
          assert.ok(page.length <= limit && (page.length === 1 || text <= PAGE_TEXT), `${text} in a page`)
        }
        const back: string[] = []
        for (at = last; at !== undefined; ) {
          const { headers, body }: Awaited<ReturnType<Fixture['send']>> = await fixture.send('GET', at)
          back.unshift(...body.data.map((row: { id: string }) => row.id))
          at = /<([^>]*)>; rel="prev"/.exec(headers.get('link') ?? '')?.[1]
        }
        assert.deepEqual(
          back,
          rows.map(row => row.id),
        )
        await empty(fixture)
      },
    ),
    { numRuns: 12 },
  )
  assert.deepEqual(fixture.faults, [])
})

test('a list that is streamed has every row, however long', async () => {
  await using fixture = await startFixture(library)
  const lengths = [...LENGTHS, ...Array<number>(30).fill(300_000)]
  await fill(fixture, lengths)
  const { url, key } = fixture
  const answer = await fetch(new URL('/papers', url), {
    headers: { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' },
  })
  const rows = (await answer.text()).trimEnd().split('\n')
  assert.deepEqual(
    rows.map(row => (JSON.parse(row) as { text: string }).text.length),
    lengths.toReversed(),
  )
  assert.deepEqual(fixture.faults, [])
})

test('a hundred rows of half a megabyte do not stop the loop', async () => {
  await using fixture = await startFixture(library)
  await fill(fixture, Array<number>(100).fill(490_000))
  await fixture.send('GET', '/papers?limit=1')
  let longest = 0
  let before = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - before)
    before = performance.now()
  }, 1)
  const { body } = await fixture.send('GET', '/papers?limit=100')
  clearInterval(timer)
  assert.equal(body.data.length, 2)
  assert.ok(longest < 500, `the loop stood for ${longest} ms`)
})
