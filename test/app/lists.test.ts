import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { api, DefinitionError, resource } from '../../src/contract/index.ts'
import type { Row as StoredRow, Value } from '../../src/store/index.ts'
import { planTable } from '../../src/unit/index.ts'
import { listRows } from '../../src/unit/list.ts'
import { dialect, onPostgres } from '../database.ts'
import { otherProgram } from '../other-program.ts'
import { type Fixture, startFixture } from './fixture.ts'

const Item = z.object({
  id: z.string(),
  title: z.string().max(20),
  score: z.number().nullable().default(null),
  count: z.int().default(0),
  done: z.boolean().default(false),
  state: z.enum(['draft', 'sent']).default('draft'),
  tags: z.array(z.string()).optional(),
  at: z.iso.datetime().nullable().default(null),
})
type Row = z.output<typeof Item>

const items = resource('item', {
  path: '/items',
  schema: Item,
  owner: 'account_id',
  filter: ['id', 'title', 'score', 'count', 'done', 'state', 'tags', 'at'],
  sort: ['title', 'score', 'count', 'done', 'state', 'at', 'id'],
})
const lists = api({ title: 'Lists', version: '1', resources: [items] })

interface Page {
  readonly data: readonly Row[]
  readonly next: string | null
}

const get = async (fixture: Fixture, query: string): Promise<Page> => {
  const { status, body } = await fixture.send('GET', `/items?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const rels = (link: string | null): Record<string, string> =>
  Object.fromEntries(
    [...(link ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, href, rel]) => [rel, href]),
  )

/** Rows and pages that no walk here comes to. */
const MOST = 100

async function walk(fixture: Fixture, query: string, limit: number): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await get(
      fixture,
      `${query}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    )
    rows.push(...page.data)
    assert.ok(rows.length <= MOST, 'the walk does not end')
    cursor = page.next
  }
  return rows
}

/** From the last page to the first by the links, so that the pages come out in the order of the list. */
async function walkBack(fixture: Fixture, query: string, limit: number): Promise<Row[]> {
  const pages: (readonly Row[])[] = []
  let asked = 0
  const follow = async (rel: string, from: string): Promise<void> => {
    for (let at: string | undefined = from; at !== undefined; asked++) {
      assert.ok(asked <= MOST, 'the walk does not end')
      const { headers, body } = await fixture.send('GET', at)
      if (rel === 'prev') pages.unshift(body.data)
      const next: string | undefined = rels(headers.get('link'))[rel]
      if (rel === 'next' && next === undefined) return follow('prev', at)
      at = next
    }
  }
  await follow('next', `/items?${query}&limit=${limit}`)
  return pages.flat()
}

const time = fc
  .tuple(
    fc.constantFrom('08:00:00', '08:00:10', '08:10:00', '00:00:00'),
    fc.constantFrom('', '.0', '.5', '.500', '.05'),
  )
  .map(([clock, fraction]) => `2026-11-23T${clock}${fraction}Z`)
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '😀', '\uffff', '%', "'", '"'), maxLength: 3 })
const row = fc.record(
  {
    title: text,
    score: fc.option(fc.constantFrom(-1.5, 0, 1, 2.25, 1e300)),
    count: fc.integer({ min: -2, max: 2 }),
    done: fc.boolean(),
    state: fc.constantFrom('draft', 'sent'),
    tags: fc.array(fc.constantFrom('a', 'b', "c'"), { maxLength: 2 }),
    at: fc.option(time),
  },
  { requiredKeys: ['title'] },
)

const OPERATORS = {
  eq: (order: number) => order === 0,
  ne: (order: number) => order !== 0,
  gt: (order: number) => order > 0,
  gte: (order: number) => order >= 0,
  lt: (order: number) => order < 0,
  lte: (order: number) => order <= 0,
}
type Operator = keyof typeof OPERATORS

const milliseconds = (field: string, value: unknown): unknown =>
  field === 'at' && typeof value === 'string' ? Date.parse(value) : value

/** Below zero where `a` is the lesser. Texts go by code point; no value is less than any. */
function compare(field: string, a: unknown, b: unknown): number {
  const [x, y] = [milliseconds(field, a ?? null), milliseconds(field, b ?? null)]
  if (x === null || y === null) return Number(x !== null) - Number(y !== null)
  if (typeof x === 'string' && typeof y === 'string') return Buffer.compare(Buffer.from(x), Buffer.from(y))
  return Number(x) - Number(y)
}

interface Test {
  readonly parameter: string
  readonly value: string
  readonly meets: (row: Row) => boolean
}

const comparison = (
  field: keyof Row,
  values: fc.Arbitrary<unknown>,
  operators: readonly Operator[],
): fc.Arbitrary<Test> =>
  fc.tuple(fc.constantFrom(...operators), values).map(([operator, value]) => ({
    parameter: `${field}[${operator}]`,
    value: String(value),
    meets: row => {
      const own = row[field] ?? null
      if (own === null) return operator === 'ne'
      return OPERATORS[operator](compare(field, own, value))
    },
  }))

const ORDERED = Object.keys(OPERATORS) as Operator[]
const filter: fc.Arbitrary<Test> = fc.oneof(
  comparison('title', text, ORDERED),
  comparison('score', fc.constantFrom(-1.5, 0, 1, 2), ORDERED),
  comparison('count', fc.integer({ min: -2, max: 2 }), ORDERED),
  comparison('state', fc.constantFrom('draft', 'sent'), ['eq', 'ne']),
  comparison('at', time, ORDERED),
  fc
    .boolean()
    .map((value): Test => ({ parameter: 'done', value: `${value}`, meets: row => row.done === value })),
  fc.constantFrom('a', 'b', "c'").map(
    (value): Test => ({
      parameter: 'tags',
      value,
      meets: row => row.tags?.includes(value) === true,
    }),
  ),
  fc.tuple(fc.constantFrom('score', 'at', 'tags'), fc.boolean()).map(
    ([field, value]): Test => ({
      parameter: `${field}[null]`,
      value: `${value}`,
      meets: row => ((row[field as keyof Row] ?? null) === null) === value,
    }),
  ),
  fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 5 }).map(
    (values): Test => ({
      parameter: 'count[in]',
      value: values.join(),
      meets: row => values.includes(row.count),
    }),
  ),
)
const sorts = fc.uniqueArray(
  fc.tuple(fc.constantFrom('title', 'score', 'count', 'done', 'state', 'at', 'id'), fc.boolean()),
  { selector: ([field]) => field, maxLength: 3 },
)

test('any filters and any sort give what a filter and a sort in JavaScript give, page by page, forwards and backwards', async () => {
  await using fixture = await startFixture(lists)
  const other = await fixture.another()
  await other('POST', '/items', { title: 'of another account' })
  const all: Row[] = []
  for (const each of fc.sample(row, { numRuns: 60, seed: 7 })) {
    const { status, body } = await fixture.send('POST', '/items', each)
    assert.equal(status, 201, JSON.stringify(body))
    all.push(body)
  }
  const filters = fc.uniqueArray(filter, { selector: each => each.parameter, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(filters, sorts, fc.integer({ min: 3, max: 100 }), async (tests, sort, limit) => {
      const order =
        sort.length === 0 ? [['id', true] as const] : [...sort, ['id', sort.at(-1)?.[1] ?? true] as const]
      const expected = all
        .filter(each => tests.every(({ meets }) => meets(each)))
        .toSorted((a, b) => {
          for (const [field, descending] of order) {
            const way = compare(field, a[field as keyof Row], b[field as keyof Row])
            if (way !== 0) return descending ? -way : way
          }
          return 0
        })
      const parameters = new URLSearchParams(
        tests.map(({ parameter, value }): [string, string] => [parameter, value]),
      )
      if (sort.length > 0)
        parameters.set('sort', sort.map(([field, down]) => (down ? `-${field}` : field)).join())
      const query = parameters.toString()
      assert.deepEqual(await walk(fixture, query, limit), expected)
      assert.deepEqual(await walkBack(fixture, query, limit), expected)
    }),
    { numRuns: 80 },
  )
  assert.deepEqual(fixture.faults, [])
})

test('a sorted list that is walked while rows are added skips none and doubles none', async () => {
  await using fixture = await startFixture(lists)
  const add = async (count: number): Promise<string> =>
    (await fixture.send('POST', '/items', { title: 'x', count })).body.id
  const there: string[] = []
  for (let n = 0; n < 20; n++) there.push(await add(n % 4))
  const walked: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await get(fixture, `sort=-count&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
    walked.push(...page.data.map(each => each.id))
    cursor = page.next
    for (let n = 0; n < 4; n++) await add(n)
  }
  assert.equal(new Set(walked).size, walked.length)
  assert.deepEqual(
    there.filter(id => !walked.includes(id)),
    [],
  )
})

test('a cursor goes on under its own filters and sort only; whatever else it is, it is a 400', async () => {
  await using fixture = await startFixture(lists)
  for (let n = 0; n < 3; n++)
    await fixture.send('POST', '/items', { title: 'x', count: n, at: '2026-11-23T08:00:00Z' })
  const { next } = await get(fixture, 'sort=-count&count[gte]=0&limit=1')
  const tried = async (query: string) =>
    (await fixture.send('GET', `/items?${query}&cursor=${next}`)).body.code
  assert.equal((await get(fixture, `sort=-count&count[gte]=0&limit=2&cursor=${next}`)).data.length, 2)
  for (const query of [
    '',
    'sort=count',
    'sort=-count',
    'sort=-count&count[gte]=1',
    'sort=-count&count[gt]=0',
  ])
    assert.equal(await tried(query), 'invalid-cursor', query)
  const forged = (value: unknown) => Buffer.from(`\x01${JSON.stringify(value)}`).toString('base64url')
  for (const keys of [
    [],
    ['item'],
    ['item', '>'],
    ['item', '>', null],
    ['item', '>', 5],
    ['item', '>', 'a', 'b'],
    ['other', '>', 'a'],
  ]) {
    const { status, body } = await fixture.send('GET', `/items?cursor=${forged(keys)}`)
    assert.deepEqual([status, body.code], [400, 'invalid-cursor'], JSON.stringify(keys))
  }
  assert.deepEqual(fixture.faults, [])
})

test('what is not declared is a 400 that lists what there is', async () => {
  await using fixture = await startFixture(lists)
  const detail = async (query: string): Promise<string> => {
    const { status, body } = await fixture.send('GET', `/items?${query}`)
    assert.deepEqual([status, body.code], [400, 'invalid-query'], query)
    return body.errors[0].detail
  }
  assert.match(
    await detail('account_id=x'),
    /^It is not declared\. Declared are: cursor, limit, sort, .*score\[gte\]/,
  )
  assert.match(await detail('done[gt]=true'), /^It is not declared/)
  assert.match(await detail('state[gt]=sent'), /^It is not declared/)
  assert.match(await detail('score[gt]=much'), /must be a number/)
  assert.match(await detail('at[gt]=yesterday'), /date-time/)
  assert.match(await detail('sort=-account_id'), /one of "title", "-title"/)
  assert.match(await detail('sort=score,-score'), /each field once/)
  assert.match(await detail('sort=score,title,count,state'), /3/)
  assert.match(await detail(`count[in]=${Array(101).fill(1).join()}`), /100/)
  assert.match(await detail('score=1&score=2'), /more than once/)
  assert.match(await detail('score=1&score[eq]=2'), /says the same as 'score'/)
})

test('times are compared as times, whatever their zone and their zeros', async () => {
  await using fixture = await startFixture(lists)
  for (const at of ['2026-11-23T08:00:00Z', '2026-11-23T08:00:00.000Z', '2026-11-23T08:00:00.5Z'])
    await fixture.send('POST', '/items', { title: 'x', at })
  const count = async (query: string) => (await get(fixture, query)).data.length
  assert.equal(await count('at=2026-11-23T08:00:00Z'), 2)
  assert.equal(await count('at=2026-11-23T09:00:00.00%2B01:00'), 2)
  assert.equal(await count('at[gt]=2026-11-23T08:00:00Z'), 1)
  assert.equal(await count('at[lt]=2026-11-23T08:00:60Z'), 3)
})

test('in a created table what is declared is found by an index, at any depth, and nothing is sorted', async () => {
  await using fixture = await startFixture(lists)
  await using other = await otherProgram(fixture.database)
  for (let count = 0; count < 3; count++) await fixture.send('POST', '/items', { title: 'x', count })
  const plans: string[] = []
  const reader = {
    get: () => assert.fail('a list reads many rows'),
    all: () => assert.fail('a list reads a page'),
    until: async (enough: (row: StoredRow) => boolean, text: string, ...values: Value[]) => {
      plans.push((await other.plan(text, ...values)).join('; '))
      const rows = (await other.rows(text, ...values)) as StoredRow[]
      for (const each of rows) enough(each)
      return rows
    },
  }
  const table = planTable(items, dialect, () => '')
  const list = (query: object) => listRows(reader, table, query, [fixture.account])
  const sorted = { sort: ['-count'], limit: 1 }
  const { next } = await list(sorted)
  await list({ ...sorted, cursor: next ?? '' })
  await list({ where: { count: { gte: 1 } }, sort: ['count'] })
  await list({ where: { at: { gte: '2026-11-23T08:00:00Z' } }, sort: ['-at'] })
  await list({})
  const by = (name: string, range = '') =>
    onPostgres
      ? `Index Scan of items by ${name} ${range === '' ? '(account_id = ?)' : `((account_id = ?) AND (${range} ?))`}`
      : `SEARCH items USING INDEX ${name} (account_id=?${range === '' ? '' : ` AND ${range}?`})`
  assert.deepEqual(plans, [
    by('items_by_count'),
    by('items_by_count', onPostgres ? 'count <=' : 'count<'),
    by('items_by_count', onPostgres ? 'count >=' : 'count>'),
    by('items_by_at', onPostgres ? 'substr(rtrim(at, ?), ?, ?) >=' : '<expr>>'),
    by('items_account_id'),
  ])
})

test('a resource that lists by what cannot be compared is refused when it is declared', () => {
  const Thing = z.object({
    id: z.string(),
    data: z.record(z.string(), z.int()),
    note: z.string(),
    limit: z.int(),
    tags: z.array(z.string()),
  })
  const declare = (options: object) =>
    resource('thing', { path: '/things', schema: Thing, owner: 'shared', ...options })
  const cases: [object, RegExp][] = [
    [{ filter: ['nothing'] }, /'nothing', which its schema does not have \(it has id, /],
    [{ filter: ['data'] }, /filters by 'data', whose values are not of one plain kind/],
    [{ filter: ['limit'] }, /a parameter that every list has/],
    [{ sort: ['tags'] }, /sorts by 'tags', whose values have no order/],
    [{ sort: ['note'] }, /can have any length.*z\.string\(\)\.max\(255\)/],
  ]
  for (const [options, expected] of cases) {
    assert.throws(
      () => declare(options),
      error => error instanceof DefinitionError && expected.test(error.message),
    )
  }
})
