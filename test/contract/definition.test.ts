import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import {
  api,
  DefinitionError,
  endpoint,
  event,
  fileContent,
  operation,
  resource,
  schedule,
  task,
} from '../../src/contract/index.ts'
import { compileOnly } from '../app/compile-only.ts'

const Thing = z.object({ id: z.string() })
const things = (options: object = {}) =>
  resource('thing', { path: '/things', schema: Thing, owner: 'shared', ...options })
const get = (path: string) => endpoint({ method: 'GET', path, output: Thing })
const build = (parts: object) => api({ title: 'T', version: '1', ...parts })

const limited = (limit: object) =>
  endpoint({ method: 'POST', path: '/x', limit: { requests: 10, per: '1 minute', ...limit } })

/** What goes wrong, and what its message must name: the place, the fault and the mend. */
const cases: [string, () => unknown, RegExp][] = [
  [
    'a limit of no time',
    () => limited({ per: '1 week' }),
    /^endpoint POST \/x: the limit is per '1 week'\. Write/,
  ],
  ['a limit of more than a day', () => limited({ per: '2 days' }), /per '2 days'/],
  ['a limit of nothing', () => limited({ requests: 0 }), /the limit is 0 requests/],
  ['a burst beyond the limit', () => limited({ burst: 11 }), /a burst of 11, of 10 requests\. Give 1 to 10/],
  [
    'a limit of the api that is none',
    () => build({ limits: { key: { requests: 0.5, per: '1 second' } } }),
    /^api 'T': the limit is 0\.5 requests/,
  ],
  [
    'a quota of a year',
    () => build({ limits: { quota: { requests: 5, per: 'year' } } }),
    /^api 'T': the quota is 5 requests per 'year'/,
  ],
  [
    'an option of a resource that does not exist',
    () => things({ filters: ['id'] }),
    /^resource 'thing': there is no option 'filters'\. Did you mean 'filter'\?$/,
  ],
  [
    'an option of an endpoint that does not exist',
    () => endpoint({ method: 'GET', path: '/x', ...{ ouput: Thing } }),
    /^endpoint GET \/x: there is no option 'ouput'\. Did you mean 'output'\?$/,
  ],
  [
    'an option of an endpoint that is like no other',
    () => endpoint({ method: 'GET', path: '/x', ...{ middleware: [] } }),
    /there is no option 'middleware'\. Leave it out; there are method, path, input,(?!.* readsLog)/,
  ],
  [
    'an option of the api that does not exist',
    () => build({ resource: [] }),
    /^api 'T': there is no option 'resource'\. Did you mean 'resources'\?$/,
  ],
  [
    'a resource without its schema',
    () => resource('thing', { path: '/things', owner: 'shared' } as never),
    /^resource 'thing': the schema \(undefined\) does not describe itself/,
  ],
  [
    'an operation without its output',
    () => operation('o', { path: '/o', input: Thing, run: async () => ({ id: '' }) } as never),
    /^operation 'o': it has no output\. Add output: z\.object/,
  ],
  [
    'a task that runs nothing',
    () => task('t', { input: Thing } as never),
    /^task 't': it has no run\. Add run: async/,
  ],
  [
    'endpoints in a list',
    () => build({ endpoints: [get('/x')] }),
    /^api 'T': the endpoints have no names\. Write endpoints: \{ lendBook \}/,
  ],
  [
    'an endpoint that is none',
    () => build({ endpoints: { x: {} } }),
    /^api 'T': endpoints\.x is not what endpoint/,
  ],
  [
    'a resource that is not in a list',
    () => build({ resources: things() }),
    /^api 'T': `resources` is no list\. Write resources: \[ … \]\.$/,
  ],
  [
    'an event by its name in the api',
    () => build({ events: ['thing.seen'] }),
    /^api 'T': events\[0\] is not what event\(…\) answers\. Declare it, const x = event/,
  ],
  [
    'an option of a task that does not exist',
    () => task('t', { input: Thing, run: async () => {}, ...{ problem: {} } }),
    /^task 't': there is no option 'problem'\. Did you mean 'problems'\?$/,
  ],
  [
    'an option of an operation that does not exist',
    () =>
      operation('o', {
        path: '/o',
        input: Thing,
        output: Thing,
        run: async () => ({ id: '' }),
        ...{ emit: [] },
      }),
    /^operation 'o': there is no option 'emit'\. Did you mean 'emits'\?$/,
  ],
  [
    'a schedule without its task',
    () => schedule('s', { cron: '0 3 * * *', ...({} as { task: never; input: never }) }),
    /^schedule 's': it runs no task\. Declare one with task/,
  ],
  [
    'a method of a resource that does not exist',
    () => things({ methods: ['lst'] }),
    /there is no method 'lst'\. Name/,
  ],
  [
    'a method in lower case',
    () => endpoint({ method: 'post' as 'POST', path: '/x' }),
    /^endpoint post \/x: there is no method 'post'\. Write one of GET/,
  ],
  [
    'a status that says that nothing comes',
    () => endpoint({ method: 'POST', path: '/x', status: 204 as 200 }),
    /^endpoint POST \/x: the status 204 .* 204 by itself/,
  ],
  [
    "a problem that is no caller's",
    () => endpoint({ method: 'POST', path: '/x', problems: { oops: 500 as 404 } }),
    /the problem 'oops' cannot have the status 500\. Write one of 400/,
  ],
  [
    'an event by its name',
    () => endpoint({ method: 'POST', path: '/x', emits: ['thing.seen' as never] }),
    /it emits "thing\.seen", which is no event type\. Declare it/,
  ],
  [
    'files in a request without a body',
    () => endpoint({ method: 'DELETE', path: '/x', files: { a: {} } }),
    /^endpoint DELETE \/x: a DELETE brings no files\. Use POST/,
  ],
  [
    'files of nobody',
    () => endpoint({ method: 'POST', path: '/x', open: true, files: { a: {} } }),
    /files that would belong to no account/,
  ],
  [
    'more files than a request has',
    () =>
      endpoint({
        method: 'POST',
        path: '/x',
        files: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`file${n}`, {}])),
      }),
    /it takes 11 files\. Name from 1 to 10/,
  ],
  [
    'a file whose type is none',
    () => endpoint({ method: 'POST', path: '/x', files: { a: { types: ['PNG'] } } }),
    /the file 'a': 'PNG' is no media type in lower case/,
  ],
  [
    'a file of no bytes',
    () => endpoint({ method: 'POST', path: '/x', files: { a: { maxBytes: 0 } } }),
    /maxBytes of the file 'a' is 0/,
  ],
  [
    'a file whose name is none',
    () => endpoint({ method: 'POST', path: '/x', files: { 'a[]': {} } }),
    /the file 'a\[\]' is no plain name/,
  ],
  [
    'a file as the answer to a change',
    () => endpoint({ method: 'POST', path: '/x', output: fileContent() }),
    /a POST answers no file/,
  ],
  [
    'files of accounts for everybody',
    () => endpoint({ method: 'GET', path: '/x', open: true, output: fileContent() }),
    /answers files of the account that calls\. Write fileContent\(\{ shared: true \}\)/,
  ],
  [
    'files of accounts for everybody, by a copy that was opened',
    () => {
      const own = endpoint({ method: 'GET', path: '/x', output: fileContent() })
      return api({ title: 'A', version: '1', endpoints: { own: { ...own, open: true } } })
    },
    /answers files of the account that calls/,
  ],
  [
    'a scope that is no noun and verb',
    () => endpoint({ method: 'GET', path: '/x', scope: ['a:b', 'admin'] }),
    /the scope 'admin' is not a noun and a verb/,
  ],
  [
    'a scope of what is open',
    () => endpoint({ method: 'GET', path: '/x', scope: 'a:b', open: true }),
    /it is open, and has a scope/,
  ],
  [
    'a reading that is filed in the audit log',
    () => endpoint({ method: 'GET', path: '/x', audit: 'x.read' }),
    /a GET has nothing to file/,
  ],
  [
    'two endpoints on one path',
    () => build({ endpoints: { a: get('/x/{id}'), b: get('/x/{name}') } }),
    /^endpoint GET \/x\/\{name\}: 'a' \(GET \/x\/\{id\}\) answers the same requests as 'b'\. Give one/,
  ],
  [
    'an endpoint on a standard path',
    () => build({ resources: [things()], endpoints: { a: get('/things') } }),
    /'listThings' .* answers the same requests as 'a'/,
  ],
  [
    'a name that is taken',
    () => build({ resources: [things()], endpoints: { getThing: get('/x') } }),
    /the name 'getThing' belongs to GET \/things\/\{id\}/,
  ],
  [
    'two resources of one name',
    () => build({ resources: [things(), things({ path: '/other' })] }),
    /two resources .* have the name 'thing'/,
  ],
  [
    'two resources on one path',
    () =>
      build({
        resources: [
          things(),
          resource('other', { path: '/things', schema: Thing, owner: 'shared', table: 'others' }),
        ],
      }),
    /answers the same requests as 'listThings'\. .*they are of two resources of that path/,
  ],
  [
    'two resources of one prefix',
    () =>
      build({
        resources: [
          things(),
          resource('this', { path: '/t', schema: Thing, owner: 'shared', prefix: 'thi' }),
        ],
      }),
    /id prefix 'thi'\. Set `prefix`/,
  ],
  [
    'a field that JSON cannot carry',
    () =>
      build({
        endpoints: {
          a: endpoint({
            method: 'GET',
            path: '/x',
            output: z.object({ at: z.date(), in: z.object({ n: z.bigint() }) }),
          }),
        },
      }),
    /endpoint GET \/x, output: its output cannot be sent: \/at \(Date .*\/in\/n \(BigInt.*z\.iso\.datetime/,
  ],
  [
    'a keyword that has no shape',
    () =>
      build({
        endpoints: {
          a: endpoint({ method: 'GET', path: '/x', output: z.object({ a: z.string() }).meta({ not: {} }) }),
        },
      }),
    /endpoint GET \/x, output/,
  ],
  [
    'a schema that cannot describe itself',
    () =>
      build({
        endpoints: {
          a: endpoint({
            method: 'GET',
            path: '/x',
            output: { '~standard': { version: 1, vendor: 'old', validate: () => ({ value: 1 }) } } as never,
          }),
        },
      }),
    /\(old\) does not describe itself as JSON Schema\. Use zod/,
  ],
  [
    'no owner',
    () => things({ owner: undefined }),
    /^resource 'thing': it does not say whose rows they are\. Set owner/,
  ],
  [
    'no id',
    () => resource('t', { path: '/t', schema: z.object({ a: z.string() }) as never, owner: 'shared' }),
    /has no `id` that is a string/,
  ],
  [
    'rows that are no objects',
    () => resource('t', { path: '/t', schema: z.string() as never, owner: 'shared' }),
    /is string, not an object/,
  ],
  [
    'a field with two forms',
    () =>
      resource('t', {
        path: '/t',
        schema: z.object({ id: z.string(), n: z.string().transform(Number).pipe(z.number()) }),
        owner: 'shared',
      }),
    /'n' is string when written and number when read/,
  ],
  [
    'open rows that have an owner',
    () => things({ owner: 'account_id', open: ['list'] }),
    /opens list, but its rows belong to accounts/,
  ],
  [
    'a table that is no name',
    () => things({ table: 'a; drop table b' }),
    /'a; drop table b' is not a plain SQL name/,
  ],
  ['a path without its slash', () => get('x'), /does not start with \//],
  [
    'a path with half a parameter',
    () => get('/x-{id}'),
    /'x-\{id\}' .* is neither a literal nor \{parameter\}/,
  ],
  ['a parameter twice', () => get('/{id}/{id}'), /\{id\} stands twice/],
  [
    'a GET that emits',
    () => endpoint({ method: 'GET', path: '/x', emits: [event('a.b', Thing)] }),
    /a GET cannot emit/,
  ],
  ['an event that is no fact', () => event('Thing', Thing), /Write it in lower case with dots/],
  [
    'an event declared twice',
    () => build({ events: [event('a.b', Thing), event('a.b', Thing)] }),
    /event 'a\.b': it is declared twice/,
  ],
  [
    'an operation with parameters',
    () => operation('o', { path: '/o/{id}', input: Thing, output: Thing, run: async () => ({ id: '' }) }),
    /has parameters/,
  ],
  [
    'a problem that is no code',
    () => endpoint({ method: 'POST', path: '/x', problems: { NotGood: 409 } }),
    /'NotGood' is not a stable code/,
  ],
  ['a base that is no path', () => build({ base: 'v1' }), /the base 'v1' is not a path/],
  [
    "a path of Signalbox's own",
    () => compile(build({ endpoints: { a: get('/webhooks') } })),
    /endpoint GET \/webhooks: 'a' .* answers the same requests as 'listWebhooks'/,
  ],
  [
    "a prefix of Signalbox's own",
    () => compile(build({ resources: [things({ prefix: 'evt' })] })),
    /'evt_' are Signalbox's own/,
  ],
]

for (const [what, make, expected] of cases) {
  test(`${what} is refused when it is built, with the place and the mend`, () => {
    assert.throws(make, error => {
      assert.ok(error instanceof DefinitionError, String(error))
      assert.match(error.message, expected)
      return true
    })
  })
}

function compile(definition: ReturnType<typeof api>): unknown {
  return compileOnly(definition)
}
