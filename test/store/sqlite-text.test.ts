import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepRecent } from '../../src/base/index.ts'
import type { ColumnType } from '../../src/store/index.ts'
import { dialect } from '../../src/store/sqlite/dialect.ts'
import { statementText } from '../../src/store/sqlite/statement-text.ts'

test('a placeholder becomes ?, or ?n out of its turn, except in strings, quoted names, comments and words', () => {
  const rows: [text: string, sql: string, values: number][] = [
    ['select $1, $2', 'select ?, ?', 2],
    ['select $2, $1', 'select ?2, ?1', 2],
    ['select $1, $1', 'select ?1, ?1', 1],
    ['select $10', 'select ?10', 10],
    ["select '$1', $1", "select '$1', ?", 1],
    ["select 'it''s $1'", "select 'it''s $1'", 0],
    ['select "$1", `$2`, [$3]', 'select "$1", `$2`, [$3]', 0],
    ['select 1 -- $1\n, $1', 'select 1 -- $1\n, ?', 1],
    ['select /* $1 */ $1 /* $2', 'select /* $1 */ ? /* $2', 1],
    ['select a$1 from t', 'select a$1 from t', 0],
    ["select x->>'$.a', x->>$1 from t", "select x->>'$.a', x->>? from t", 1],
  ]
  for (const [text, sql, values] of rows) {
    const plan = statementText(text)
    assert.deepEqual([plan.sql, plan.values], [sql, values])
  }
})

test('a text of several statements is refused, a trailing semicolon and a trigger are not', () => {
  for (const text of ['select 1; select 2', 'select 1;;select 2', "select ';'; x"]) {
    assert.throws(() => statementText(text), /one statement at a time/)
  }
  for (const text of [
    'select 1;',
    'select 1; -- done',
    "select ';' as x",
    'create trigger t after insert on a begin delete from b; delete from c; end',
    'create temp trigger t after insert on a begin delete from b; delete from c; end;',
  ]) {
    assert.equal(statementText(text).sql, text)
  }
})

test('statements that begin or end a transaction are refused, in any spelling', () => {
  for (const text of [
    'commit',
    ' BEGIN immediate',
    '-- x\nend',
    '/* x */ rollback to y',
    'savepoint s',
    'release s',
  ]) {
    assert.throws(() => statementText(text), /a unit of work begins, commits and undoes by itself/)
  }
  assert.equal(statementText('select 1 as "commit"').changesRows, false)
})

test('an existing column holds what its affinity gives back unchanged', () => {
  const rows: [declared: string, holds: ColumnType[]][] = [
    ['TEXT', ['text', 'json']],
    ['varchar(20)', ['text', 'json']],
    ['NVARCHAR(100)', ['text', 'json']],
    ['CLOB', ['text', 'json']],
    ['INTEGER', ['integer', 'boolean', 'text']],
    ['bigint', ['integer', 'boolean', 'text']],
    ['TINYINT(1)', ['integer', 'boolean', 'text']],
    ['FLOATING POINT', ['integer', 'boolean', 'text']],
    ['REAL', ['real']],
    ['double precision', ['real']],
    ['BOOLEAN', ['integer', 'real', 'boolean']],
    ['NUMERIC', ['integer', 'real', 'boolean']],
    ['DECIMAL(10,2)', ['integer', 'real', 'boolean']],
    ['DATETIME', ['text', 'integer', 'real']],
    ['STRING', ['integer', 'real', 'boolean']],
    ['JSON', ['json']],
    ['BLOB', []],
    ['', []],
  ]
  const types: ColumnType[] = ['text', 'integer', 'real', 'boolean', 'json']
  for (const [declared, holds] of rows) {
    assert.deepEqual(
      types.filter(type => dialect.holds(declared, type)).toSorted(),
      holds.toSorted(),
      `declared ${declared}`,
    )
  }
})

test('JSON that an existing JSON column has turned into a number decodes alike', () => {
  assert.equal(dialect.decode(5, 'json'), 5)
  assert.equal(dialect.decode('"5"', 'json'), '5')
})

test('an integer that comes as a bigint decodes to a number where it fits one', () => {
  assert.equal(dialect.decode(7n, 'integer'), 7)
  assert.equal(dialect.decode(2n ** 60n, 'integer'), 2n ** 60n)
})

test('prepared statements are kept while they are used, and no more than twice the number', () => {
  const made: string[] = []
  const get = keepRecent(10, text => {
    made.push(text)
    return { text }
  })
  const hot = get('hot')
  for (let i = 0; i < 1_000; i++) {
    get(`cold ${i}`)
    assert.equal(get('hot'), hot)
  }
  assert.equal(made.length, 1_001)
  const again = Array.from({ length: 1_000 }, (_, i) => get(`cold ${999 - i}`))
  assert.equal(again.length, 1_000)
  const rememberedOf = 2_001 - made.length
  assert.ok(rememberedOf >= 9 && rememberedOf <= 20, `${rememberedOf} were remembered`)
})
