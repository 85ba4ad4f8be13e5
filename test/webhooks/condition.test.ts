import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { conditionFor } from '../../src/webhooks/condition/condition.ts'
import {
  articleTypes,
  before,
  compile,
  created,
  data,
  deleted,
  faultsOf,
  met,
  updated,
} from './conditions.ts'

test('a threshold that is crossed is met once, with 10 and with 10.0', () => {
  for (const ten of ['10', '10.0', '1e1']) {
    const { condition } = compile(`data.score > ${ten} && before.score <= ${ten}`)
    assert.equal(condition.met(updated), true)
    assert.equal(condition.met({ ...updated, before: data }), false)
    assert.equal(condition.met({ ...updated, data: before }), false)
  }
})

const holds: { readonly [rule: string]: readonly string[] } = {
  'numbers compare whether they are integers or not': [
    'data.count == 7.0',
    'data.count < 7.5',
    'data.score == 12.5',
    'data.score > data.count',
    'data.count in [1, 7]',
    'data.count in [1.0, 7.0]',
    '-data.score < 0',
  ],
  'integers divide as integers do, and an integer beside a double is a double': [
    'data.count / 2 == 3',
    'data.count / 2.0 == 3.5',
    'data.count % 4 == 3',
    '-data.count / 2 == -3',
    'data.score / 0 > 1e300',
    'double(data.count) / 2 == 3.5',
    'int(data.score) % 5 == 2',
  ],
  'strings have methods and an order': [
    'data.headline.contains("Zoë") && data.headline.startsWith("Breaking") && data.headline.endsWith("🎉")',
    'data.headline.size() == 15 && size(data.headline) == 15',
    'data.headline.lowerAscii() == "breaking: zoë 🎉" && "ß".upperAscii() == "ß"',
    '" x ".trim() == "x"',
    'data.status < "e"',
    'data.headline > "Breaking: Zoë 🎈" && data.headline > "Breaking: Zoë \\uffee"',
    'data.headline + "!" == "Breaking: Zoë 🎉!"',
    'data.headline.matches("(?i)^BREAK") && !data.headline.matches("^reak")',
    'data.headline.matches("^\\\\pL+: \\\\pL+ .$")',
  ],
  'times are compared as times, whatever their zone': [
    'at > timestamp("2026-11-23T08:59:59Z")',
    'at == timestamp("2026-11-23T10:00:00+01:00")',
    'timestamp(data.published_at) <= at',
    'at - timestamp(data.published_at) == duration("1h30m")',
    'timestamp(data.published_at) + duration("90m") == at',
    'at.getHours() == 9 && at.getDayOfWeek() == 1 && at.getMonth() == 10 && at.getFullYear() == 2026',
    'at.getDayOfMonth() == 22 && at.getDate() == 23 && at.getDayOfYear() == 326',
    'duration("-1.5h").getMinutes() == -90 && duration("1ms") < duration("1s")',
  ],
  'lists and records can be searched': [
    '"sport" in data.tags && !("x" in data.tags)',
    'data.tags.exists(tag, tag.startsWith("sp")) && data.tags.all(tag, size(tag) > 3)',
    'data.tags.exists_one(tag, tag == "sport")',
    'data.tags.filter(tag, tag != "sport") == ["harbour"]',
    'data.tags.map(tag, size(tag)) == [5, 7]',
    'data.tags.map(tag, tag != "sport", size(tag)) == [7]',
    'data.tags[0] == "sport" && data.tags[data.count - 6] == "harbour"',
    'data.counts["a-b"] == 3 && "a-b" in data.counts && data.counts.exists(name, name == "a-b")',
    '[[1, 2], [3]].exists(list, list.exists(n, data.tags.all(t, n == 3)))',
    '["a"].exists(x, ["b"].exists(x, ["c"].all(y, x == "b" && y == "c")) && x == "a")',
  ],
  'what may be null or absent can be asked for': [
    'data.author == null && data.published_at != null',
    'has(data.author) && !has(data.author.name) && !has(data.note)',
    'has(before) && has(data) && has(before.score)',
    'has(data.any.deep) && data.any.deep[1].x == "y" && data.any != null',
  ],
  'the type is one of those that the webhook is for': [
    'type == "article.updated"',
    'type != "article.created"',
    'type in ["article.updated", "article.deleted"]',
    'type.endsWith(".updated")',
  ],
  'one part that decides is enough, whichever fails': [
    'data.note == "x" || data.score > 10',
    'data.score > 10 || data.note == "x"',
    '!(data.note == "x" && data.score < 10)',
    'data.tags.exists(tag, tag == "sport" || data.note == tag)',
    'data.score > 10 ? data.count == 7 : data.note == "x"',
  ],
}
for (const [rule, sources] of Object.entries(holds)) {
  test(rule, () => {
    for (const source of sources) {
      assert.equal(met(source, updated), true, source)
      assert.equal(met(`!(${source})`, updated), false, source)
    }
  })
}

test('what touches something absent is neither met nor is its opposite', () => {
  const undecided = [
    'data.note == "x"',
    'data.note != "x"',
    'data.author.name == "x"',
    'data.tags[2] == "x"',
    'data.tags[-1] == "x"',
    'data.counts.none > 1',
    'data.count / (data.count - 7) == 1',
    'data.count % (data.count - 7) == 1',
    'data.count * 9007199254740991 > 1',
    'timestamp(data.headline) < at',
    'at + duration("99999999h") > at',
    'data.any > 1',
    'data.any.deep.nothing == 1',
    'int(data.headline) == 1',
    'data.tags.all(tag, data.note == tag)',
    'data.tags.map(tag, data.note) == []',
    'data.author.name.size() > 1',
    'data.note == "x" || data.score < 10',
    'data.note == "x" && data.score > 10',
  ]
  for (const source of undecided) {
    assert.equal(met(source, updated), false, source)
    assert.equal(met(`!(${source})`, updated), false, `!(${source})`)
  }
})

test('a created row has no before, a deleted one no data', () => {
  assert.equal(met('before.score < 10', created), false)
  assert.equal(met('!(before.score < 10)', created), false)
  assert.equal(met('data.score > 10', created), true)
  assert.equal(met('before.score <= 10.0 || data.score > 10.0', created), true)
  assert.equal(met('!has(before)', created), true)
  assert.equal(met('data.score > 10', deleted), false)
  assert.equal(met('!has(data) && before.score < 10', deleted), true)
})

test('because tells the part that decided, with what it saw', () => {
  const reasons: readonly (readonly [string, string])[] = [
    ['data.score > 20 && data.count == 7', 'data.score > 20 is false: data.score is 12.5'],
    ['data.count == 7 && data.score > 20', 'data.score > 20 is false: data.score is 12.5'],
    [
      'data.score > 20 || data.status == "published"',
      'data.score > 20 is false: data.score is 12.5; data.status == "published" is false: data.status is "draft"',
    ],
    ['!(data.score > 10)', '!(data.score > 10) is false: data.score is 12.5'],
    ['(data.score + 1) * 2 > 99', '(data.score + 1) * 2 > 99 is false: data.score is 12.5'],
    ['data.note == "x"', 'data.note is absent'],
    ['has(data.note)', 'has(data.note) is false: data.note is absent'],
    ['data.author.name == "x"', 'data.author is null, where an object is needed'],
    ['data.tags[9] == "x"', 'data.tags[9] is absent: the list has 2 items'],
    ['data.count / (data.count - 7) == 1', 'data.count / (data.count - 7): division by zero'],
    ['"x" in data.tags', '"x" in data.tags is false: data.tags is ["sport", "harbour"]'],
    ['data.tags.all(t, t == data.note)', 'data.note is absent'],
    [
      'at < timestamp(data.published_at)',
      'at < timestamp(data.published_at) is false: at is 2026-11-23T09:00:00.000Z, data.published_at is "2026-11-23T07:30:00Z"',
    ],
    ['data.score > 10 ? data.count > 8 : true', 'data.count > 8 is false: data.count is 7'],
    ['data.any.deep', 'data.any.deep is a list, where true or false is needed'],
  ]
  for (const [source, because] of reasons)
    assert.equal(compile(source).condition.because(updated), because, source)
  assert.equal(
    compile('before.score < 1').condition.because(created),
    'before is absent: this is article.created',
  )
  assert.equal(
    compile('data.score > 1').condition.because({ ...updated, type: 'webhook.test' }),
    `the condition was not checked for events of the type 'webhook.test'`,
  )
})

test('because is short and well-formed whatever the values are', () => {
  const huge = { ...data, headline: '🎉'.repeat(100_000), tags: Array.from({ length: 1e5 }, () => 'x') }
  const { condition } = compile(
    Array.from({ length: 20 }, (_, n) => `data.headline == "${n}" || size(data.tags) < ${n}`).join(' || '),
  )
  const because = condition.because({ ...updated, data: huge })
  assert.ok(because.length <= 500 && because.isWellFormed(), because)
})

test('an event is put to the same condition again with the same result', () => {
  const { condition } = compile('data.tags.map(t, t + "!").exists(t, t == "sport!") && at.getHours() == 9')
  const other = { ...updated, at: '2026-11-23T10:00:00Z', data: { ...data, tags: [] } }
  for (let i = 0; i < 3; i++) {
    assert.equal(condition.met(updated), true)
    assert.equal(condition.met(other), false)
  }
})

test('every example in docs/conditions.md is accepted, and every answer that it shows is given', async () => {
  const page = await readFile(new URL('../../docs/conditions.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```cel\n(.*?)```/gs)].flatMap(([, block]) =>
    (block ?? '').trim().split('\n'),
  )
  assert.ok(examples.length > 25)
  for (const example of examples) assert.deepEqual(faultsOf(example), [], example)
  const refused = [...page.matchAll(/^\| `(data\.[^`]*)` \| `([^`]*)` \|$/gm)]
  assert.ok(refused.length > 5)
  for (const [, source = '', answer = ''] of refused) {
    const message = faultsOf(source)[0]?.message ?? ''
    assert.ok(message.startsWith(answer.replace(/…$/, '')), `${source}: ${message}`)
  }
})

test('a condition for several types can be prepared for one of them alone', () => {
  const [, type] = articleTypes
  assert.ok(type !== undefined)
  const compiled = conditionFor('type == "article.created" || data.score > 10', type)
  assert.ok('condition' in compiled)
  assert.equal(compiled.condition.met(updated), true)
  assert.equal(compiled.condition.met(created), false)
})
