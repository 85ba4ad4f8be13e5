import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { compileCondition } from '../../src/webhooks/condition/condition.ts'
import { articleTypes, before, data, updated } from './conditions.ts'

// What we evaluate ourselves must mean what it means in CEL. The other side is the library whose parser we use, with
// its own checker and evaluator.

const cel = new Environment({ unlistedVariablesAreDyn: true })
const asCel = (row: typeof data | typeof before): object => ({
  ...row,
  count: BigInt(row.count),
  counts: Object.fromEntries(Object.entries(row.counts).map(([name, n]) => [name, BigInt(n)])),
})
const context = {
  data: asCel(data),
  before: asCel(before),
  type: updated.type,
  at: new Date(updated.at),
}

type Truth = 'true' | 'false' | 'neither'

function inCel(source: string): Truth {
  try {
    const value: unknown = cel.evaluate(source, context)
    assert.equal(typeof value, 'boolean', source)
    return value === true ? 'true' : 'false'
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'EvaluationError', `${source}: ${String(error)}`)
    return 'neither'
  }
}

/** Undefined where the condition is refused: CEL takes what can never be true. */
function inOurs(source: string): Truth | undefined {
  const [plain, opposite] = [source, `!(${source})`].map(one => compileCondition(one, articleTypes))
  if (plain === undefined || opposite === undefined || !('condition' in plain && 'condition' in opposite))
    return undefined
  if (plain.condition.met(updated)) return 'true'
  return opposite.condition.met(updated) ? 'false' : 'neither'
}

const { bool } = fc.letrec<{
  bool: string
  int: string
  double: string
  text: string
  time: string
  span: string
  list: string
}>(tie => {
  const pair = (
    kind: 'int' | 'double' | 'text' | 'time' | 'span' | 'list' | 'bool',
    ...operators: string[]
  ) => fc.tuple(tie(kind), fc.constantFrom(...operators), tie(kind)).map(([a, op, b]) => `(${a} ${op} ${b})`)
  const order = ['<', '<=', '>', '>=', '==', '!=']
  const some = { maxDepth: 4, depthSize: 'small' } as const
  return {
    int: fc.oneof(
      some,
      fc.constantFrom('data.count', 'before.count', 'data.counts.none', 'data.counts["a-b"]'),
      fc.integer({ min: -20, max: 20 }).map(n => (n < 0 ? `(${n})` : String(n))),
      pair('int', '+', '-', '*', '/', '%'),
      tie('int').map(n => `-${n}`),
      fc.oneof(tie('list'), tie('text')).map(value => `size(${value})`),
      tie('time').map(time => `${time}.getHours()`),
      tie('span').map(span => `${span}.getMinutes()`),
    ),
    double: fc.oneof(
      some,
      fc.constantFrom('data.score', 'before.score', '2.5', '0.0', '1e3'),
      pair('double', '+', '-', '*', '/'),
      tie('int').map(n => `double(${n})`),
    ),
    text: fc.oneof(
      some,
      fc.constantFrom(
        'data.headline',
        'data.status',
        'before.headline',
        'data.note',
        'data.author.name',
        '"sport"',
        `'Zoë'`,
        '""',
      ),
      pair('text', '+'),
      fc.tuple(tie('list'), tie('int')).map(([list, n]) => `${list}[${n}]`),
      fc.tuple(tie('bool'), tie('text'), tie('text')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    ),
    time: fc.oneof(
      some,
      fc.constantFrom('at', 'timestamp(data.published_at)', 'timestamp("2026-11-23T08:00:00Z")'),
      fc.tuple(tie('time'), fc.constantFrom('+', '-'), tie('span')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    ),
    span: fc.oneof(
      some,
      fc.constantFrom('duration("90m")', 'duration("1h30m")', 'duration("2s")'),
      pair('time', '-'),
      pair('span', '+'),
    ),
    list: fc.oneof(
      some,
      fc.constantFrom('data.tags', 'before.tags', '["sport"]'),
      pair('list', '+'),
      fc.tuple(tie('list'), tie('bool')).map(([list, test]) => `${list}.filter(t, t != "x" && ${test})`),
      fc.tuple(tie('list'), tie('text')).map(([list, text]) => `${list}.map(t, t + ${text})`),
    ),
    bool: fc.oneof(
      some,
      fc.constantFrom(
        'has(data.note)',
        'has(data.author)',
        'has(data.author.name)',
        'data.author == null',
        'true',
      ),
      pair('int', ...order),
      pair('double', ...order),
      fc
        .tuple(tie('int'), fc.constantFrom('<', '>', '<=', '>='), tie('double'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      pair('text', ...order),
      pair('time', ...order),
      pair('span', ...order),
      pair('list', '==', '!='),
      pair('bool', '&&', '||', '&&', '||'),
      tie('bool').map(test => `!${test}`),
      fc.tuple(tie('bool'), tie('bool'), tie('bool')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      fc.tuple(tie('text'), tie('list')).map(([text, list]) => `(${text} in ${list})`),
      fc
        .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
        .map(([a, method, b]) => `${a}.${method}(${b})`),
      fc
        .tuple(tie('list'), fc.constantFrom('all', 'exists', 'exists_one'), tie('text'), tie('bool'))
        .map(([list, macro, text, test]) => `${list}.${macro}(t, t < ${text} || ${test})`),
    ),
  }
})

test('a condition is true, false or neither just where CEL says so', () => {
  let compared = 0
  fc.assert(
    fc.property(bool, source => {
      const ours = source.length > 1900 ? undefined : inOurs(source)
      if (ours === undefined) return
      compared++
      assert.equal(ours, inCel(source), source)
    }),
    { numRuns: 600 },
  )
  assert.ok(compared > 200, `only ${compared} were compared`)
})
