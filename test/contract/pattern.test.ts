import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { DefinitionError, patternOf, type Schema, wireOf } from '../../src/contract/index.ts'
import { threadMs } from '../thread-ms.ts'

const refusal = (schema: Schema): string => {
  try {
    wireOf(schema, 'input', 'endpoint POST /x')
    return ''
  } catch (error) {
    assert.ok(error instanceof DefinitionError)
    return error.message
  }
}
const ofPattern = (source: string): string =>
  refusal(z.object({ a: z.string().regex(new RegExp(source, 'u')) }))

test('a pattern that a hostile text keeps busy is refused when the api is built (fault 31)', () => {
  const exponential = [
    ...['^(a+)+$', '^(a*)*$', '(a|a)*b', '^(a|aa)+$', '(x+x+)+y', '^(?:a|b|ab)*c', '^(\\w+\\s?)*$'],
    ...['^(([a-z])+.)+[A-Z]([a-z])+$', '^([^"\\\\]|\\\\.|[^"])*"$', '^(?:[a-z]{1,30}){1,30}$'],
    ...['^(a?){50}a{50}$', '^(?:(a)|\\1a|aa)*$'],
  ]
  for (const source of exponential) assert.match(ofPattern(source), /exponential time/, source)
  const polynomial = [
    ...['\\s+$', '[a-z]+@[a-z]+', '^\\d+\\d+$', '^.*a.*b.*$', '^\\s*(.*?)\\s*$', '^([a-z0-9]+)([a-z0-9]+)$'],
    ...['^(a(?=a*b))*$', '.*z$', '^(a*)\\1$', '^(?<n>a*)\\k<n>$'],
  ]
  for (const source of polynomial) assert.match(ofPattern(source), /quadratic time/, source)
  assert.match(
    refusal(z.object({ a: z.array(z.string().regex(/^(a+)+$/)) })),
    /^endpoint POST \/x: \/a\/\* has a pattern.*Begin it with \^/,
  )
})

test('patterns whose time is linear are taken', () => {
  const linear = [
    ...[
      '^[a-z]+$',
      '^[a-z]*',
      'a*',
      'foo|bar',
      '\\d{3}',
      '^\\d{4}-\\d\\d$',
      '^#[0-9a-f]{6}$',
      '^(GET|POST)$',
    ],
    ...['^(?:[a-z]{1,30}-){3}$', '^(?:[a-z]+\\.)+[a-z]{2,}$', '^[^@]+@[^@]+$', '^a-?\\d+(?:\\.\\d+)?$'],
    ...[
      '^[a-z\\d]+(?:-[a-z\\d]+)*$',
      '^(?=.*\\d)(?=.*[a-z]).{8,}$',
      '^\\p{L}+$',
      '^https?://\\S+$',
      '^(.)\\1$',
    ],
    ...['^[\\w.+-]+@[\\w-]+\\.[\\w.-]+$', '^\\[[^\\]]*\\]$', '^(?:a|b){0,100}$', '^(?<year>\\d{4})$'],
  ]
  for (const source of linear) assert.equal(ofPattern(source), '', source)
})

test('what the libraries bring themselves is taken', () => {
  const { iso } = z
  const ofZod = [
    ...[
      z.email(),
      z.emoji(),
      z.uuid(),

      z.cuid2(),
      z.ulid(),
      z.xid(),
      z.ksuid(),
      z.nanoid(),
      z.ipv4(),
    ],
    ...[
      z.ipv6(),
      z.cidrv4(),
      z.cidrv6(),
      z.mac(),
      z.base64(),
      z.base64url(),
      z.e164(),
      z.hostname(),
      z.hex(),
    ],
    ...[iso.date(), iso.time(), iso.datetime({ offset: true, local: true }), iso.duration(), z.httpUrl()],
    ...[z.email({ pattern: z.regexes.html5Email }), z.email({ pattern: z.regexes.rfc5322Email })],
    ...[
      z.string().endsWith('.pdf'),
      z.string().startsWith('a').includes('b').endsWith('c'),
      z.string().lowercase(),
    ],
  ]
  for (const schema of ofZod) assert.equal(refusal(z.object({ a: schema })), '')
  const ofValibot = [
    v.email(),
    v.ulid(),
    v.nanoid(),
    v.mac(),
    v.slug(),
    v.domain(),
    v.decimal(),
    v.jwsCompact(),
  ]
  for (const action of ofValibot)
    assert.equal(refusal(toStandardJsonSchema(v.object({ a: v.pipe(v.string(), action) }))), '')
  for (const name of ['email', 'date.iso', 'ip', 'semver', 'url', 'numeric'] as const)
    assert.equal(refusal(type({ a: `string.${name}` } as const)), '')
})

test('the end of a text is found without a look at each of its beginnings', () => {
  const long = 'a'.repeat(1024 * 1024)
  assert.ok(threadMs(() => assert.ok(!patternOf('.*z$').test(long))) < 1000)
  assert.ok(patternOf('.*z$').test('az'))
})
