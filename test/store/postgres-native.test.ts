import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arrayLiteral, readArray } from '../../src/store/postgres/arrays.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { native } from '../../src/store/postgres/native.ts'
import { freshDatabase } from '../postgres.ts'

const UUID = '01234567-89ab-cdef-0123-456789abcdef'

/** Texts that a type takes as they are, and texts of which none is a value of it, or only in another spelling. */
const TEXTS: {
  readonly [type: string]: { readonly takes: readonly string[]; readonly not: readonly string[] }
} = {
  smallint: { takes: ['0', '-32768', '32767'], not: ['32768', '007', '+1', ' 1', '', '1.0', 'x'] },
  integer: { takes: ['2147483647', '-1'], not: ['2147483648', '-0', '0x10', '1e3'] },
  bigint: {
    takes: ['9223372036854775807', '-9223372036854775808'],
    not: ['9223372036854775808', '99999999999999999999', '1_000'],
  },
  uuid: { takes: [UUID], not: [UUID.toUpperCase(), UUID.replaceAll('-', ''), `{${UUID}}`, 'x'] },
  date: {
    takes: ['2024-02-29', '0001-01-01', '9999-12-31'],
    not: ['2023-02-29', 'today', '0000-01-01', '2024-2-9'],
  },
  'numeric(5,2)': {
    takes: ['123.45', '-0.5', '1', '001.50', 'NaN'],
    not: ['1234.5', '1.234', '1e2', '', '.5', 'Infinity'],
  },
  numeric: { takes: ['1234567890123456789012345678901234567890.123456789'], not: ['1e2', 'x', '--1'] },
}

for (const [type, { takes, not }] of Object.entries(TEXTS)) {
  test(`${type} takes what is one of its values, and PostgreSQL would fail on nothing that it takes`, async () => {
    await using database = await freshDatabase()
    await database.query(`create table t (v ${type})`)
    const kind = native(type, 'text')
    for (const text of takes) {
      assert.equal(kind?.take(text), text)
      await database.query('insert into t values ($1)', [text])
      const { rows } = await database.query('select 1 from t where v = $1', [text])
      assert.ok(rows.length > 0, text)
    }
    for (const text of not) assert.equal(kind?.take(text), undefined, text)
  })
}

test('times are taken in UTC, with their digits', () => {
  const take = (text: string) => native('timestamp without time zone', 'text')?.take(text)
  assert.equal(take('2026-11-30T10:00:00.123456+02:00'), '2026-11-30T08:00:00.123456Z')
  assert.equal(take('2026-12-31T23:59:60Z'), '2027-01-01T00:00:00Z')
  assert.equal(take('2026-11-30t10:00:00z'), '2026-11-30T10:00:00Z')
  for (const wrong of [
    'now',
    '2026-11-30',
    '2026-02-30T00:00:00Z',
    '2026-11-30T25:00:00Z',
    '2026-11-30T10:00:00',
  ])
    assert.equal(take(wrong), undefined, wrong)
})

test('whatever an array holds comes back as it was', async () => {
  await using database = await freshDatabase()
  const store = await postgres(database.url)()
  try {
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).map(text => text.replaceAll('\0', '')),
      { maxLength: 8 },
    )
    const kinds: readonly (readonly [string, fc.Arbitrary<readonly unknown[]>])[] = [
      ['text[]', fc.oneof(texts, fc.constant(['NULL', 'null', '', ' ', '{', '}', ',', '"', '\\', '\\"']))],
      ['integer[]', fc.array(fc.integer(), { maxLength: 5 })],
      [
        'bigint[]',
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), { maxLength: 5 }),
      ],
      ['numeric[]', fc.array(fc.constantFrom('0.10', '123456789012345678901234567890.5'), { maxLength: 5 })],
      [
        'double precision[]',
        fc.array(
          fc.double({ noNaN: true, noDefaultInfinity: true }).map(x => x + 0),
          { maxLength: 5 },
        ),
      ],
      ['boolean[]', fc.array(fc.option(fc.boolean()), { maxLength: 5 })],
      ['jsonb[]', fc.array(fc.constantFrom({ a: [1, 'x"'] }, [1], 'text', 5), { maxLength: 3 })],
    ]
    for (const [type, arbitrary] of kinds) {
      for (const value of fc.sample(arbitrary, 40)) {
        const row = await store.read.get(
          `select $1::${type} as v`,
          native(type, 'json')?.take(JSON.stringify(value)) ?? null,
        )
        assert.deepEqual(JSON.parse(String(row?.['v'])), JSON.parse(JSON.stringify(value)), type)
      }
    }
  } finally {
    await store.close()
  }
})

test('arrays are read whatever their bounds and depth', () => {
  const read = (text: string) => readArray(text, Number)
  assert.deepEqual(read('[0:1]={1,2}'), [1, 2])
  assert.deepEqual(read('{{1,2},{3,NULL}}'), [
    [1, 2],
    [3, null],
  ])
  assert.deepEqual(read('{}'), [])
  assert.equal(arrayLiteral('{"a":1}'), undefined)
})
