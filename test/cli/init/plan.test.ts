import assert from 'node:assert/strict'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { compileFunction } from 'node:vm'
import fc from 'fast-check'
import * as z from 'zod'
import type { Catalog, FoundColumn, FoundTable } from '../../../src/cli/init/catalog.ts'
import type { ChosenTable } from '../../../src/cli/init/choices.ts'
import { isKey } from '../../../src/cli/init/faults.ts'
import { type Plan, planDefinition } from '../../../src/cli/init/plan.ts'
import { definitionText } from '../../../src/cli/init/write.ts'
import type { Api } from '../../../src/contract/index.ts'
import { api, resource } from '../../../src/index.ts'
import { compileOnly } from '../../app/compile-only.ts'

const written = { title: "The shop's", version: '2026-11-30' }

/** Runs the text of a definition. */
function built(text: string): Api {
  const body = stripTypeScriptTypes(text.replaceAll(/^import .*$/gm, '')).replaceAll('export const', 'const')
  const run = compileFunction(`${body}; return publicApi`, ['api', 'resource', 'z'])
  return (run as (...values: unknown[]) => Api)(api, resource, z)
}

function planOf(catalog: Catalog, choices: readonly ChosenTable[]): Plan {
  const plan = planDefinition(catalog, choices)
  if ('faults' in plan) assert.fail(plan.faults.join('\n'))
  return plan
}

const column = (name: string, type: string, more: Partial<FoundColumn> = {}): FoundColumn => ({
  name,
  type,
  nullable: false,
  default: undefined,
  generated: false,
  values: undefined,
  minimum: undefined,
  comment: undefined,
  ...more,
})

const table = (
  name: string,
  columns: readonly FoundColumn[],
  more: Partial<FoundTable> = {},
): FoundTable => ({
  name,
  kind: 'table',
  comment: undefined,
  columns,
  primaryKey: ['id'],
  unique: ['id'],
  indexed: ['id'],
  references: [],
  ...more,
})

const choice = (name: string, columns: readonly string[], more: Partial<ChosenTable> = {}): ChosenTable => ({
  name,
  columns,
  owner: 'shared',
  write: false,
  ...more,
})

const postgres = (...tables: readonly FoundTable[]): Catalog => ({ engine: 'postgres', tables, hidden: [] })

const key = column('id', 'integer', { default: "nextval('x')" })

test('nothing is planned without a choice', () => {
  assert.deepEqual(planDefinition(postgres(table('orders', [key])), []), {
    faults: ['No table is chosen, so there is nothing to write.'],
  })
})

test('a definition stands in its file as one would write it by hand', () => {
  const catalog = postgres(
    table('people', [key, column('name', 'text', { comment: "Who it's" })]),
    table(
      'order_items',
      [
        key,
        column('person_id', 'integer', { nullable: true }),
        column('state', 'text', { values: ['new', 'done'], default: "'new'::text" }),
        column('total', 'numeric(10,2)'),
        column('hidden', 'text', { nullable: true }),
      ],
      {
        comment: 'What was bought',
        indexed: ['id', 'person_id', 'state', 'total', 'hidden'],
        references: [{ column: 'person_id', table: 'people', target: 'id' }],
      },
    ),
  )
  const plan = planOf(catalog, [
    choice('order_items', ['person_id', 'state', 'total'], { write: true }),
    choice('people', ['name']),
  ])
  assert.deepEqual(plan.notes, [])
  assert.equal(
    definitionText(plan, written),
    String.raw`import { api, resource } from 'signalbox'
import * as z from 'zod'

// Made by ${'`signalbox init`'} from the tables of a PostgreSQL database, and yours from here on.
// What is not named here is not shared.

/** A decimal number with all of its digits: JSON numbers would lose some. */
const Decimal = z.string().max(255).regex(/^(?:-?\d+(?:\.\d+)?|-?Infinity|NaN)$/)

const Person = z.object({
  id: z.string(),
  name: z.string().describe("Who it's"),
})

export const people = resource('person', {
  path: '/people',
  schema: Person,
  owner: 'shared',
  methods: ['list', 'get'],
})

const OrderItem = z.object({
  id: z.string(),
  person_id: z.string().nullable().default(null),
  state: z.enum(['new', 'done']).default('new'),
  total: Decimal,
})

export const orderItems = resource('order_item', {
  path: '/order-items',
  table: 'order_items',
  schema: OrderItem,
  owner: 'shared',
  methods: ['list', 'get', 'create', 'replace', 'update', 'delete'],
  filter: ['state', 'total'],
  sort: ['total'],
  relations: {
    person: { to: people, by: 'person_id' },
  },
  description: 'What was bought',
})

export const publicApi = api({
  title: "The shop's",
  version: '2026-11-30',
  base: '/v1',
  resources: [people, orderItems],
})
`,
  )
})

test('of tables that refer to each other, one relation is left out and told of', () => {
  const catalog = postgres(
    table('a', [key, column('b_id', 'integer')], {
      references: [{ column: 'b_id', table: 'b', target: 'id' }],
    }),
    table('b', [key, column('a_id', 'integer')], {
      references: [{ column: 'a_id', table: 'a', target: 'id' }],
    }),
  )
  const plan = planOf(catalog, [choice('a', ['b_id']), choice('b', ['a_id'])])
  const [b, a] = plan.resources
  assert.deepEqual(b?.relations, [])
  assert.deepEqual(a?.relations, [{ name: 'b', to: 'b', by: 'b_id' }])
  assert.match(plan.notes.join(), /'b.a_id' is an id without a relation: 'a' refers to 'b' in turn/)
})

test('rows that every account sees refer to no row of one', () => {
  const catalog = postgres(
    table('orders', [key, column('who', 'text')]),
    table('items', [key, column('order_id', 'integer')], {
      references: [{ column: 'order_id', table: 'orders', target: 'id' }],
    }),
  )
  const plan = planOf(catalog, [
    choice('orders', ['id'], { owner: { column: 'who' } }),
    choice('items', ['order_id']),
  ])
  assert.deepEqual(
    plan.resources.flatMap(({ relations }) => relations),
    [],
  )
  assert.match(plan.notes.join(), /every account sees 'items'/)
})

test('what every api has already is not what a table is called in it', () => {
  const names = [
    'accounts',
    'keys',
    'events',
    'webhooks',
    'files',
    'operations',
    'api',
    'class',
    'z',
    'object',
    'decimal',
  ]
  const catalog = postgres(...names.map(name => table(name, [column('id', 'text')])))
  const { resources } = compileOnly(
    built(
      definitionText(
        planOf(
          catalog,
          names.map(name => choice(name, ['id'])),
        ),
        written,
      ),
    ),
  )
  for (const name of names)
    assert.ok(
      resources.some(each => each.table === name),
      name,
    )
})

const TYPES = {
  postgres:
    `text|citext|character varying(20)|character(3)|smallint|integer|bigint|real|double precision|numeric|
    numeric(10,2)|boolean|uuid|date|timestamp with time zone|timestamp(3) without time zone|json|jsonb|bytea|inet|interval|
    money|text[]|integer[]|bigint[]|numeric[]|uuid[]|text[][]|jsonb[]|enum mood|enum mood[]|tsvector|daterange|"my ""type"|xml`
      .split('|')
      .map(each => each.trim()),
  sqlite:
    'INTEGER|INT|BIGINT|TEXT|VARCHAR(20)|REAL|FLOAT|NUMERIC|DECIMAL(10,2)|BOOLEAN|DATE|DATETIME|TIMESTAMP|JSON|BLOB||ANY'.split(
      '|',
    ),
}

const names = fc.oneof(
  fc.constantFrom(
    'name',
    'order',
    'class',
    'constructor',
    'toString',
    '__proto__',
    'cursor',
    'a b',
    'a.b',
    '1st',
    'x-y',
  ),
  fc.constantFrom(
    'Größe',
    'user_id',
    'userId',
    "it's",
    'say "hi"',
    'a\\b',
    '$(x)',
    '`',
    '*/',
    '\n',
    'limit',
    'created_at',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
)

const columns = (engine: Catalog['engine']): fc.Arbitrary<FoundColumn> =>
  fc
    .record({
      name: names,
      type: fc.constantFrom(...TYPES[engine]),
      nullable: fc.boolean(),
      default: fc.option(
        fc.constantFrom(
          '0',
          "'x'::text",
          'now()',
          'true',
          'NULL',
          "'{}'::text[]",
          "'it''s'",
          '(1)',
          '-1.5',
          "'-'::mood",
        ),
        { nil: undefined },
      ),
      generated: fc.boolean(),
      minimum: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
      comment: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    })
    .map(made => ({ ...made, values: made.type.includes('enum') ? ["it's", '-', '"'] : undefined }))

const catalogs = fc.constantFrom<Catalog['engine']>('postgres', 'sqlite').chain(engine =>
  fc
    .uniqueArray(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/), { minLength: 1, maxLength: 5 })
    .chain(tables =>
      fc.tuple(
        ...tables.map(name =>
          fc
            .record({
              columns: fc.uniqueArray(columns(engine), { selector: each => each.name, maxLength: 6 }),
              id: fc.constantFrom(
                ...(engine === 'postgres' ? ['text', 'uuid', 'bigint'] : ['TEXT', 'INTEGER']),
              ),
              kind: fc.constantFrom('table', 'view'),
              target: fc.constantFrom(...tables),
              comment: fc.option(fc.string(), { nil: undefined }),
              owned: fc.boolean(),
              write: fc.boolean(),
              left: fc.integer({ min: 0, max: 5 }),
            })
            .map(({ columns: others, id, kind, target, comment, owned, write, left }) => {
              const all = [column('id', id), ...others.filter(each => each.name !== 'id')]
              const names = all.map(each => each.name)
              const found = table(name, all, {
                kind,
                comment,
                indexed: names,
                references: names.slice(1, 3).map(each => ({ column: each, table: target, target: 'id' })),
              })
              const owner = all.find(
                each => isKey(engine, each) && /^[A-Za-z]\w*$/.test(each.name) && each.name !== 'id',
              )
              const chosen = choice(
                name,
                names.filter((_, i) => i !== left),
                { write, owner: owned && owner !== undefined ? { column: owner.name } : 'shared' },
              )
              return { found, chosen }
            }),
        ),
      ),
    )
    .map(made => ({
      catalog: { engine, hidden: [], tables: made.map(({ found }) => found) } satisfies Catalog,
      choices: made.map(({ chosen }) => chosen),
    })),
)

test('whatever is chosen of whatever there is, the file is a definition that can be served, and of nothing else', () => {
  fc.assert(
    fc.property(catalogs, ({ catalog, choices }) => {
      const plan = planOf(catalog, choices)
      const { resources } = compileOnly(built(definitionText(plan, written)))
      for (const { name, columns: chosen, owner, write } of choices) {
        const planned = plan.resources.find(each => each.table === name)
        assert.ok(planned && resources.some(each => each.table === name))
        const allowed = new Set(['id', ...chosen])
        if (owner !== 'shared' && owner.column !== 'id') allowed.delete(owner.column)
        for (const { name: field } of planned.fields) assert.ok(allowed.has(field), field)
        if (!write) assert.deepEqual(planned.methods, ['list', 'get'])
      }
    }),
    { numRuns: 40 },
  )
})
