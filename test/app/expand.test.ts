import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { api, endpoint, resource } from '../../src/contract/index.ts'
import type { Reader, Row, Value } from '../../src/store/index.ts'
import { expandRows } from '../../src/unit/expand.ts'
import { planTable } from '../../src/unit/index.ts'
import { PAGE_TEXT } from '../../src/unit/page-text.ts'
import { dialect, onPostgres } from '../database.ts'
import { type OtherProgram, otherProgram, rowsIn } from '../other-program.ts'
import { type Fixture, startFixture } from './fixture.ts'

const cities = resource('city', {
  path: '/cities',
  schema: z.object({ id: z.string(), text: z.string() }),
  owner: 'account_id',
})
const authors = resource('author', {
  path: '/authors',
  schema: z.object({ id: z.string(), text: z.string(), city_id: z.string().nullable() }),
  owner: 'account_id',
  relations: { city: { to: cities, by: 'city_id' } },
})
const notes = resource('note', {
  path: '/notes',
  schema: z.object({ id: z.string(), text: z.string(), author_id: z.string().nullable() }),
  owner: 'account_id',
  relations: { author: { to: authors, by: 'author_id' } },
})
const related = api({ title: 'Notes', version: '1', resources: [notes, authors, cities] })

/** By the lengths of their texts: an author of each note, and a city of each author. */
type Lengths = readonly { readonly note: number; readonly author: number; readonly city: number }[]

const hundred = (each: Lengths[number]): Lengths => Array.from({ length: 100 }, () => each)

async function fill({ database, account }: Fixture, rows: Lengths): Promise<void> {
  await using other = await otherProgram(database)
  const text = (length: number) => 'x'.repeat(length)
  const insert = async (table: string, n: number, ...fields: (string | null)[]) => {
    const values = [`${n}`.padStart(4, '0'), ...fields, account]
    const places = values.map((_, i) => `$${i + 1}`)
    await other.rows(`insert into ${table} values (${places.join()})`, ...values)
  }
  await other.rows('begin')
  for (const table of ['notes', 'authors', 'cities']) await other.rows(`delete from ${table}`)
  for (const [n, { note, author, city }] of rows.entries()) {
    const id = `${n}`.padStart(4, '0')
    await insert('cities', n, text(city))
    await insert('authors', n, text(author), id)
    await insert('notes', n, text(note), id)
  }
  await other.rows('commit')
}

/** PostgreSQL chooses an index by what it knows of the rows: of a few it would read all. */
async function analyze(other: OtherProgram, account: string): Promise<void> {
  if (!onPostgres) return
  const values = "select 'x' || n, 'x', $1 from generate_series(1, 10000) as n"
  await other.rows(`insert into cities (id, text, account_id) ${values}`, account)
  await other.rows(`insert into authors (id, text, account_id) ${values}`, account)
  for (const table of ['cities', 'authors']) await other.rows(`analyze ${table}`)
}

test('a handler lists and gets rows with those that they refer to', async () => {
  const told = endpoint({
    method: 'POST',
    path: '/told',
    output: z.object({ cities: z.array(z.string().nullable()), one: z.string().nullable() }),
    handle: async ({ on }) => {
      const { data } = await on(notes).list({ sort: ['text'], expand: ['author.city'] })
      const one = await on(notes).get(data[0]?.id ?? '', { expand: ['author'] })
      return { cities: data.map(({ author }) => author?.city?.text ?? null), one: one?.author?.text ?? null }
    },
  })
  await using fixture = await startFixture(
    api({ title: 'Notes', version: '1', resources: [notes, authors, cities], endpoints: { told } }),
  )
  const { send } = fixture
  const make = async (path: string, row: object): Promise<string> => (await send('POST', path, row)).body.id
  const city_id = await make('/cities', { text: 'Bath' })
  const author_id = await make('/authors', { text: 'Jane', city_id })
  await make('/notes', { text: 'a', author_id })
  await make('/notes', { text: 'b', author_id: null })
  assert.deepEqual((await send('POST', '/told')).body, { cities: ['Bath', null], one: 'Jane' })
})

test('expanding takes one statement for each relation, however many rows there are', async () => {
  await using fixture = await startFixture(related)
  await fill(fixture, hundred({ note: 1, author: 1, city: 1 }))
  await using other = await otherProgram(fixture.database)
  await analyze(other, fixture.account)
  const asked: string[] = []
  const reader: Reader = {
    get: () => assert.fail('one row at a time'),
    all: () => assert.fail('without a bound'),
    until: async (enough, text, ...values: Value[]) => {
      const [step] = await other.plan(text, ...values)
      asked.push(String(step))
      const rows = (await other.rows(text, ...values)) as Row[]
      return rows.filter(row => !enough(row))
    },
  }
  const tables = new Map(
    [notes, authors, cities].map(each => [each, planTable(each, dialect, () => '')] as const),
  )
  const rows = (await other.rows('select * from notes')) as Row[]
  const table = tables.get(notes) ?? assert.fail()
  const shown = await expandRows(reader, { tables, account: fixture.account }, table, rows, ['author.city'])
  assert.equal(shown.length, 100)
  assert.equal(asked.length, 2)
  for (const [i, name] of ['authors', 'cities'].entries()) {
    // PostgreSQL takes the one or the other index, both with the ids.
    const step = onPostgres
      ? new RegExp(`^Index Scan of ${name} by ${name}_(?:pkey|account_id) .*\\bid = ANY`)
      : new RegExp(`^SEARCH ${name} USING INDEX ${name}_account_id \\(account_id=\\? AND id=\\?\\)$`)
    assert.match(asked[i] ?? '', step)
  }
})

test('a page ends early where what is expanded is long, and none is skipped or doubled, either way', async () => {
  await using fixture = await startFixture(related)
  const length = fc.constantFrom(0, 10, 50_000, 400_000, PAGE_TEXT + 1)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ note: length, author: length, city: length }), { maxLength: 8 }),
      fc.constantFrom('', '&expand=author', '&expand=author.city'),
      async (rows, expand) => {
        await fill(fixture, rows)
        const walked: string[][] = []
        const walk = async (from: string, rel: 'next' | 'prev'): Promise<string> => {
          for (let at = from; ; ) {
            const { status, headers, body } = await fixture.send('GET', at)
            assert.equal(status, 200)
            const page: { id: string }[] = body.data
            walked[rel === 'next' ? 'push' : 'unshift'](page.map(row => row.id))
            assert.ok(page.length <= 1 || JSON.stringify(page).length < PAGE_TEXT + 1000 * page.length)
            const further = new RegExp(`<([^>]*)>; rel="${rel}"`).exec(headers.get('link') ?? '')?.[1]
            if (further === undefined) return at
            at = further
          }
        }
        const expected = rows.map((_, n) => `${n}`.padStart(4, '0')).toReversed()
        const last = await walk(`/notes?limit=100${expand}`, 'next')
        assert.deepEqual(walked.splice(0).flat(), expected)
        await walk(last, 'prev')
        assert.deepEqual(walked.flat(), expected)
      },
    ),
    { numRuns: 12 },
  )
  assert.deepEqual(fixture.faults, [])
})

test('a long row that many refer to is counted as often as it is shown', async () => {
  await using fixture = await startFixture(related)
  await fill(fixture, hundred({ note: 1, author: 490_000, city: 1 }))
  await rowsIn(fixture.database, "update notes set author_id = '0000'")
  const { body } = await fixture.send('GET', '/notes?limit=100&expand=author')
  assert.equal(body.data.length, 2)
  assert.equal((await fixture.send('GET', '/notes?limit=100')).body.data.length, 100)
})

test('fields that are not asked for are not read', async () => {
  const long = resource('long', {
    path: '/longs',
    schema: z.object({ id: z.string(), n: z.int(), text: z.string() }),
    owner: 'account_id',
    fields: true,
  })
  await using fixture = await startFixture(api({ title: 'Long', version: '1', resources: [long] }))
  await using other = await otherProgram(fixture.database)
  for (let n = 0; n < 100; n++)
    await other.rows(
      'insert into longs values ($1, $2, $3, $4)',
      `${n}`,
      n,
      'x'.repeat(100_000),
      fixture.account,
    )
  assert.equal((await fixture.send('GET', '/longs?limit=100')).body.data.length, 10)
  assert.equal((await fixture.send('GET', '/longs?limit=100&fields=n')).body.data.length, 100)
})
