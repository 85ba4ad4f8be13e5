import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCheck } from '../../../src/cli/init/checks.ts'

test('simple checks are read, as PostgreSQL prints them and as they are written', () => {
  const cases: readonly (readonly [string, object | undefined])[] = [
    ["(kind = ANY (ARRAY['book'::text, 'it''s'::text]))", { column: 'kind', values: ['book', "it's"] }],
    [
      "((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
      { column: 'kind', values: ['a', 'b'] },
    ],
    ["(kind in ('a', 'b, c'))", { column: 'kind', values: ['a', 'b, c'] }],
    ['("odd name" IN (\'a\'))', { column: 'odd name', values: ['a'] }],
    ['(stock >= 0)', { column: 'stock', minimum: 0 }],
    ['(stock > 0)', { column: 'stock', minimum: 1 }],
    ["(amount >= '-5'::integer)", { column: 'amount', minimum: -5 }],
    ['(a > b)', undefined],
    ["((kind = 'a'::text) OR (stock > 0))", undefined],
    ['(NOT (stock >= 0))', undefined],
    ['(length(name) > 3)', undefined],
    ["(kind <> ALL (ARRAY['a'::text]))", undefined],
    ["((kind = ANY (ARRAY['a'::text])) AND (stock > 0))", undefined],
    ['(stock > 0.5)', undefined],
    ["(lower(kind) = ANY (ARRAY['a'::text]))", undefined],
    ["(kind = ANY (ARRAY['a'::text, other]))", undefined],
  ]
  for (const [sql, expected] of cases) assert.deepEqual(readCheck(sql), expected, sql)
})
