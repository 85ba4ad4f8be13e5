import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { event } from '../../src/contract/index.ts'
import { compileCondition } from '../../src/webhooks/condition/condition.ts'
import { faultsOf } from './conditions.ts'

const FIELDS = 'id, headline, score, count, status, author, tags, counts, published_at, note, any'

/** The column and the message of the only fault. */
function faultOf(source: string): readonly [number | undefined, string] {
  const faults = faultsOf(source)
  assert.equal(faults.length, 1, `${source}: ${JSON.stringify(faults)}`)
  return [faults[0]?.position?.column, faults[0]?.message ?? '']
}

const refused: { readonly [rule: string]: readonly (readonly [string, number, string])[] } = {
  'a field that the schema does not have is refused, with what it has': [
    ['data.scor > 1', 6, `data has no field 'scor'. Did you mean score? It has ${FIELDS}`],
    ['1 < 2 && before.zzz > 1', 17, `before has no field 'zzz'. It has ${FIELDS}`],
    ['data["scor"] > 1', 1, `data has no field 'scor'. Did you mean score? It has ${FIELDS}`],
    ['data.author.nam == "x"', 13, `data.author has no field 'nam'. Did you mean name? It has name`],
    ['has(data.nope)', 10, `data has no field 'nope'. Did you mean note? It has ${FIELDS}`],
    ['data.score.x > 1', 12, 'data.score is a number and has no fields'],
    ['data.tags.length > 1', 11, 'data.tags is a list and has no fields'],
    ['data.constructor == 1', 6, `data has no field 'constructor'. It has ${FIELDS}`],
    ['data.toString == 1', 6, `data has no field 'toString'. It has ${FIELDS}`],
    ['"toString" in data', 1, `data has no field 'toString'. It has ${FIELDS}`],
    [
      'headline == "x"',
      1,
      `there is no 'headline'. Did you mean data.headline? There are data, before, type, at`,
    ],
    ['data.tags.all(t, s == "x")', 18, `there is no 's'. There are t, data, before, type, at`],
  ],
  'what can never be compared is refused, with what each is': [
    [
      'data.score > "10"',
      1,
      'cannot compare: data.score is a number, "10" is a string. Write numbers without quotes',
    ],
    ['data.headline == 5', 1, 'cannot compare: data.headline is a string, 5 is an integer'],
    [
      'at > "2026-01-01T00:00:00Z"',
      1,
      'cannot compare: at is a timestamp, "2026-01-01T00:00:00Z" is a string. Write timestamp("2026-01-01T00:00:00Z")',
    ],
    [
      'data.published_at > at',
      1,
      'cannot compare: data.published_at is a string or null, at is a timestamp. Write timestamp(data.published_at)',
    ],
    ['data.status == "publishd"', 1, 'data.status is never "publishd": it is "draft" or "published"'],
    ['data.status in ["draft", "x"]', 1, 'data.status is never "x": it is "draft" or "published"'],
    [
      'type == "article.updatd"',
      1,
      'type is never "article.updatd": it is "article.created" or "article.updated" or "article.deleted"',
    ],
    [
      'data.score == null',
      1,
      'data.score is never null: it is a number. Whether a field is there says has(…)',
    ],
    ['5 in data.tags', 1, '5 is never in data.tags: what is in there is a string'],
    ['"x" in data.headline', 1, 'data.headline is a string: only lists and objects have items'],
    ['data.tags == [1]', 1, 'cannot compare: data.tags is a list, [1] is a list'],
    ['[at, 1] == []', 1, 'these must be of one type: at is a timestamp, 1 is an integer'],
  ],
  'what cannot be worked out is refused': [
    [
      'data.headline + 1 == "x"',
      1,
      'cannot work out data.headline + 1: data.headline is a string, 1 is an integer',
    ],
    [
      '(data.score) % 2 == 1',
      2,
      'cannot work out (data.score) % 2: data.score is a number, 2 is an integer. % is for integers: write int(…)',
    ],
    ['-data.headline == "x"', 1, 'cannot negate: data.headline is a string'],
    ['data.count / 0 == 1 || 1 / 0 == 1', 24, '1 / 0: division by zero'],
    [
      'timestamp("yesterday") < at',
      1,
      'timestamp("yesterday") is not an RFC 3339 time such as 2026-11-23T08:00:00Z',
    ],
    [
      'timestamp("2026-02-30T00:00:00Z") < at',
      1,
      'timestamp("2026-02-30T00:00:00Z") is not an RFC 3339 time such as 2026-11-23T08:00:00Z',
    ],
    ['duration("1 day") == at - at', 1, 'duration("1 day") is not a duration such as 1h30m or 90s'],
    [
      'data.count == 9007199254740993',
      15,
      'integers go up to 2^53 - 1, as those of JSON do. Write it with a point',
    ],
  ],
  'a condition says true or false': [
    ['data.score', 1, 'data.score is a number, where true or false is needed'],
    ['data.score > 1 && data.headline', 19, 'data.headline is a string, where true or false is needed'],
    ['data.tags.all(t, t)', 18, 't is a string, where true or false is needed'],
    ['"true"', 1, '"true" is a string, where true or false is needed'],
  ],
  'a function that is not there, or is called differently, is refused': [
    [
      'size(data.score) > 1',
      1,
      'size() is written size(string or list or object); here data.score is a number',
    ],
    ['data.headline.contain("x")', 1, `there is no function 'contain'. Did you mean contains?`],
    ['contains(data.headline, "x")', 1, 'contains() goes behind a value: data.headline.contains(…)'],
    [
      'data.published_at.timestamp() < at',
      1,
      'timestamp() goes around a value: timestamp(data.published_at)',
    ],
    [
      'data.headline.startsWith()',
      1,
      'startsWith() is written string.startsWith(string); here data.headline is a string',
    ],
    ['data.headline.all(c, c == "x")', 1, 'data.headline is a string: all() needs a list'],
    ['data.headline.constructor("x") == 1', 1, ''],
    ['toString() == "x"', 1, `there is no function 'toString'. Did you mean string?`],
  ],
  'a pattern is checked when the condition is saved': [
    [
      'data.headline.matches("(x")',
      1,
      'data.headline.matches("(x"): error parsing regexp: missing closing ): `(x`',
    ],
    [
      'data.headline.matches("x(?=y)")',
      1,
      'data.headline.matches("x(?=y)"): error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      'data.headline.matches(data.note)',
      1,
      'the pattern of matches() is a string in quotes, known before there is an event',
    ],
    [
      'data.headline.matches("(a{30}){30}")',
      1,
      'data.headline.matches("(a{30}){30}"): the pattern is too large: it repeats too much',
    ],
  ],
  'what is not CEL is refused where it stops being CEL': [
    ['', 1, 'the condition is empty. An example: data.score > 10'],
    ['data.score >', 13, 'something is missing: the condition ends too early'],
    ['data.score = 10', 12, `'=' does not belong here. Write ==`],
    ['data.score > 1 and data.count > 1', 16, `'and' does not belong here. Write &&`],
    ['data.headline == “x”', 18, `'“' does not belong here. Write "`],
    ['"🎉🎉" == @', 9, `'@' does not belong here`],
    ['{"a": 1}.a == 1', 1, 'conditions have no maps and no optional values of their own'],
    ['data.count == 1u', 15, 'conditions have no bytes and no unsigned integers'],
  ],
}
for (const [rule, cases] of Object.entries(refused)) {
  test(rule, () => {
    for (const [source, column, message] of cases) {
      const [at, said] = faultOf(source)
      assert.equal(at, column, `${source}: ${said}`)
      if (message === '') assert.match(said, /^there is no function 'constructor'\. There are size, /)
      else assert.equal(said, message)
    }
  })
}

test('a fault further down has its line', () => {
  const [fault] = faultsOf('data.score > 10 &&\n  // and not one of mine\n  data.scor < 20')
  assert.deepEqual(fault?.position, { line: 3, column: 8 })
})

test('several faults are told at once, each once, and none that follows from another', () => {
  const messages = faultsOf('data.a > 1 && data.b.c == at && timestamp("x") < at').map(fault => fault.message)
  assert.equal(messages.length, 3)
  assert.match(messages.join('\n'), /'a'.*\n.*'b'.*\n.*not an RFC 3339 time/)
})

test('a condition holds for every type that it is for, and a fault names the type that it is about', () => {
  const scored = event('a.scored', z.object({ score: z.number() }))
  const named = event('b.named', z.object({ name: z.string() }))
  assert.deepEqual(faultsOf('data.score > 1', [scored, named]), [
    {
      eventType: 'b.named',
      message: "data has no field 'score'. It has name",
      position: { line: 1, column: 6 },
    },
  ])
  assert.equal(faultsOf('data.nope > 1', [scored])[0]?.eventType, undefined)
  assert.deepEqual(
    faultsOf('data.nope > 1', [scored, named]).map(fault => fault.eventType),
    ['a.scored', 'b.named'],
  )
})

test('each type has its own schema: what divides as integers in one does not in another', () => {
  const whole = event('a.whole', z.object({ n: z.int() }))
  const broken = event('b.broken', z.object({ n: z.number() }))
  const compiled = compileCondition('data.n / 2 == 3.5', [whole, broken])
  assert.ok('condition' in compiled)
  const of = (type: string) => ({ type, at: '2026-11-23T08:00:00Z', data: { n: 7 }, before: undefined })
  assert.equal(compiled.condition.met(of('a.whole')), false)
  assert.equal(compiled.condition.met(of('b.broken')), true)
})

test('schemas of every form can be asked about', () => {
  const Node: z.ZodType = z.object({ name: z.string(), children: z.array(z.lazy(() => Node)) })
  const shape = event(
    'a.b',
    z.object({
      tree: Node,
      either: z.union([z.string(), z.number(), z.null()]),
      kind: z.discriminatedUnion('type', [
        z.object({ type: z.literal('a'), a: z.number() }),
        z.object({ type: z.literal('b'), b: z.string() }),
      ]),
      pair: z.tuple([z.string(), z.number()]),
      map: z.record(z.string(), z.array(z.boolean())),
      free: z.any(),
      level: z.union([z.literal(1), z.literal(2)]),
    }),
  )
  const accepted = [
    'data.tree.children.exists(c, c.children.all(d, d.name == "x"))',
    'data.tree == before.tree',
    'data.either == "x" || data.either > 3 || data.either == null',
    'data.kind.type == "a" && data.kind.a > 1 || data.kind.b == "x"',
    'data.pair[0] == "x" && data.pair[1] > 3',
    'data.map.x[0] && data.map["y"].all(b, b)',
    'data.free.anything[3].at > 1 && data.free == [1] && data.free in [1, "x"] && data.free.matches("x")',
    'data.level == 1 || data.level >= 1.5',
  ]
  for (const source of accepted) assert.deepEqual(faultsOf(source, [shape]), [], source)
  const wrong = [
    'data.tree.children.exists(c, c.childern == [])',
    'data.either == true',
    'data.kind.type == "c"',
    'data.pair[0] == true',
    'data.map.x == "x"',
    'data.level == 3',
    'data.free.x > at',
  ]
  for (const source of wrong) assert.equal(faultsOf(source, [shape]).length, 1, source)
})
