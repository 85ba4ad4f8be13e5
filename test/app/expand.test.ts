import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { api, resource } from '../../src/contract/index.ts'
import type { Reader, Row, Value } from '../../src/store/index.ts'
import { dialect } from '../../src/store/sqlite/dialect.ts'
import { statementText } from '../../src/store/sqlite/statement-text.ts'
import { expandRows } from '../../src/unit/expand.ts'
import { planTable } from '../../src/unit/index.ts'
import { PAGE_TEXT } from '../../src/unit/page-text.ts'
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

function fill({ database, account }: Fixture, rows: Lengths): void {
  using db = new DatabaseSync(database)
  const text = (length: number) => 'x'.repeat(length)
  const insert = (table: string, n: number, ...values: (string | null)[]) =>
    db
      .prepare(`insert into ${table} values (${['?', ...values, '?'].map(() => '?').join()})`)
      .run(`${n}`.padStart(4, '0'), ...values, account)
  db.exec('begin; delete from notes; delete from authors; delete from cities')
  for (const [n, { note, author, city }] of rows.entries()) {
    const id = `${n}`.padStart(4, '0')
    insert('cities', n, text(city))
    insert('authors', n, text(author), id)
    insert('notes', n, text(note), id)
  }
  db.exec('commit')
}

test('expanding takes one statement for each relation, however many rows there are', async () => {
  await using fixture = await startFixture(related)
  fill(fixture, hundred({ note: 1, author: 1, city: 1 }))
  using db = new DatabaseSync(fixture.database)
  const asked: string[] = []
  const reader: Reader = {
    get: () => assert.fail('one row at a time'),
    all: () => assert.fail('without a bound'),
    until: async (enough, text, ...values: Value[]) => {
      const { sql } = statementText(text)
      const [plan] = db.prepare(`explain query plan ${sql}`).all(...values)
      asked.push(String(plan?.['detail']))
      const rows = db.prepare(sql).all(...values) as Row[]
      return rows.filter(row => !enough(row))
    },
  }
  const tables = new Map(
    [notes, authors, cities].map(each => [each, planTable(each, dialect, () => '')] as const),
  )
  const rows = db.prepare('select * from notes').all() as Row[]
  const table = tables.get(notes) ?? assert.fail()
  const shown = await expandRows(reader, { tables, account: fixture.account }, table, rows, ['author.city'])
  assert.equal(shown.length, 100)
  assert.deepEqual(asked, [
    'SEARCH authors USING INDEX authors_account_id (account_id=? AND id=?)',
    'SEARCH cities USING INDEX cities_account_id (account_id=? AND id=?)',
  ])
})

test('a page ends early where what is expanded is long, and none is skipped or doubled, either way', async () => {
  await using fixture = await startFixture(related)
  const length = fc.constantFrom(0, 10, 50_000, 400_000, PAGE_TEXT + 1)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ note: length, author: length, city: length }), { maxLength: 8 }),
      fc.constantFrom('', '&expand=author', '&expand=author.city'),
      async (rows, expand) => {
        fill(fixture, rows)
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
    { numRuns: 25 },
  )
  assert.deepEqual(fixture.faults, [])
})

test('a long row that many refer to is counted as often as it is shown', async () => {
  await using fixture = await startFixture(related)
  fill(fixture, hundred({ note: 1, author: 490_000, city: 1 }))
  using db = new DatabaseSync(fixture.database)
  db.exec("update notes set author_id = '0000'")
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
  using db = new DatabaseSync(fixture.database)
  const insert = db.prepare('insert into longs values (?, ?, ?, ?)')
  for (let n = 0; n < 100; n++) insert.run(`${n}`, n, 'x'.repeat(100_000), fixture.account)
  assert.equal((await fixture.send('GET', '/longs?limit=100')).body.data.length, 10)
  assert.equal((await fixture.send('GET', '/longs?limit=100&fields=n')).body.data.length, 100)
})
