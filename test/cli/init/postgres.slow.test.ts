import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../../../src/cli/command.ts'
import { Misuse } from '../../../src/cli/failure.ts'
import { type Database, freshDatabase } from '../../postgres.ts'
import { run } from '../program.ts'
import { project } from './written.ts'

// A database of 45 tables, of which a dozen are shared.

async function commerce(): Promise<Database> {
  const database = await freshDatabase()
  await database.query(await readFile(new URL('commerce.sql', import.meta.url), 'utf8'))
  return database
}

const CHOSEN = [
  'customers:id,email,full_name,vip,birthday,credit,visits,referred_by,created_at,updated_at',
  'addresses:id,customer_id,street,city,country,geo',
  'categories:id,parent_id,name,path',
  'brands:id,name',
  'products:id,sku,title,price,tags,sizes,channels,weight,ratio,stock,attributes,category_id,brand_id,search,available_from,active',
  'orders:id,customer_id,status,channel,placed_at,due_on,total,tax,big_number,shipping_address_id,note',
  'order_items:id,order_id,product_id,quantity,unit_price,line_total',
  'reviews:id,product_id,stars,body,posted_at',
  'employees:id,manager_id,department_id,name',
  'departments:id,head_id,name',
  'order_totals:id,total,items',
  'CamelCase:id,userName,createdAt',
  'events:id,kind,payload',
  'accounts:id,name,balance',
]
const OWNED = [
  'addresses.customer_id',
  'orders.customer_id',
  'order_items.customer_id',
  'order_totals.customer_id',
]
const SHARED = 'customers,categories,brands,products,reviews,employees,departments,CamelCase,events,accounts'

const flags = (written: string): readonly string[] => [
  ...CHOSEN.flatMap(each => ['--table', each]),
  ...OWNED.flatMap(each => ['--owner', each]),
  '--shared',
  SHARED,
  ...(written === '' ? [] : ['--write', written]),
]

test('what is chosen of an existing database is an api that reads its rows', async () => {
  await using database = await commerce()
  await using at = await project()
  const out = join(at.folder, 'api.ts')
  const { code, err } = await run(['init', '--database', database.url, '--out', out, ...flags('')])
  assert.equal(code, 0, err)
  assert.match(err, /'products.search' is left out: its type is tsvector/)
  assert.match(err, /'addresses.geo' is left out: its type is point/)
  const text = await readFile(out, 'utf8')
  for (const hidden of ['password', 'secret_note', 'internal_margin', 'sessions', 'billing', 'payments'])
    assert.doesNotMatch(text, new RegExp(hidden))
  await at.typeCheck()
  await using started = await at.start(database.url)
  const send = await started.as('1')
  const body = async (path: string) => {
    const answer = await send('GET', `/v1${path}`)
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const ids = async (path: string): Promise<string[]> =>
    (await body(path)).data.map((row: { id: string }) => row.id)

  assert.deepEqual(await ids('/orders'), ['3', '1'])
  assert.deepEqual(await body('/orders/1'), {
    id: '1',
    status: 'paid',
    channel: 'web',
    placed_at: '2026-11-30T08:00:00.123456Z',
    due_on: '2026-12-01',
    total: '1234567890123456.7891',
    tax: '0',
    big_number: '9007199254740993',
    shipping_address_id: '1',
    note: null,
  })
  assert.equal((await send('GET', '/v1/orders/2')).status, 404)
  for (const id of ['x', '01', '99999999999999999999', '1.0', '%201'])
    assert.equal((await send('GET', `/v1/orders/${id}`)).status, 404, id)
  assert.deepEqual(await body('/products/11111111-1111-1111-1111-111111111111'), {
    id: '11111111-1111-1111-1111-111111111111',
    sku: 'EMMA01',
    title: 'Emma',
    price: '12.50',
    tags: ['novel', 'a "b" \\ c,d', 'NULLABLE'],
    sizes: [1, 2],
    channels: ['web', 'shop'],
    weight: 0.1,
    ratio: 1e-300,
    stock: 3,
    attributes: { pages: [1, { x: null }] },
    category_id: '2',
    brand_id: '1',
    available_from: '2026-03-04T05:06:07.123456Z',
    active: true,
  })

  const [item] = (await body('/order-items?expand=order.shipping_address,product.category.parent')).data
  assert.equal(item.order.shipping_address.city, 'Bonn')
  assert.equal(item.product.category.parent.name, 'Books')
  assert.equal((await body('/employees/2?expand=manager,department')).department.name, 'Sales')

  assert.deepEqual(await ids('/orders?status=paid'), ['1'])
  assert.deepEqual(await ids('/orders?total[gt]=1234567890123456.7890'), ['1'])
  assert.deepEqual(await ids('/orders?placed_at[lt]=2026-11-30T09:00:00.123457%2B01:00'), ['3', '1'])
  assert.deepEqual(await ids('/orders?placed_at[lt]=2026-11-30T09:00:00.1234560%2B01:00'), ['3'])
  assert.deepEqual(await ids('/orders?due_on[gte]=2026-12-01'), ['1'])
  assert.deepEqual(await ids('/orders?due_on=soon'), [])
  assert.deepEqual(await ids('/orders?total[ne]=none'), ['3', '1'])
  assert.deepEqual(await ids('/products?tags=novel'), ['11111111-1111-1111-1111-111111111111'])
  assert.deepEqual(await ids('/products?category_id[in]=2,x'), ['11111111-1111-1111-1111-111111111111'])
  assert.deepEqual(await ids('/orders?shipping_address_id[null]=true'), ['3'])
  for (const sort of ['placed_at', '-placed_at', 'total', 'due_on', '-due_on', 'big_number']) {
    const all: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const page = await body(`/orders?sort=${sort}&limit=1${next && `&cursor=${next}`}`)
      all.push(...page.data.map((row: { id: string }) => row.id))
      next = page.next
    }
    assert.deepEqual(all, await ids(`/orders?sort=${sort}`), sort)
  }
  assert.deepEqual(await ids('/orders?sort=placed_at'), ['3', '1'])
  assert.deepEqual((await body('/event-rows')).data[0].payload, { n: 1 })
  assert.equal((await body('/order-totals')).data[0].total, '37.50')
  assert.equal((await body('/accounts')).data[0].balance, '123456789012345678.0123456789')
  assert.equal((await send('POST', '/v1/orders', { total: '1' })).status, 405)
  assert.match((await send('GET', '/v1/orders', undefined, { accept: 'application/xml' })).body, /<total>/)
})

test('rows of existing tables are created and changed as their columns have it', async () => {
  await using database = await commerce()
  await using at = await project()
  const out = join(at.folder, 'api.ts')
  const wanted = flags('customers,products,orders,order_items,order_totals,categories')
  const { code, err } = await run(['init', '--database', database.url, '--out', out, ...wanted])
  assert.equal(code, 0, err)
  assert.match(err, /'order_totals' is a view, so its rows can be read only/)
  assert.match(err, /Rows of 'customers' cannot be created: its column 'tenant_id' must have a value/)
  await at.typeCheck()
  await using started = await at.start(database.url)
  const send = await started.as('1')
  const made = await send('POST', '/v1/orders', { total: '12.5', due_on: '2026-02-28' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.body.total, '12.5000')
  assert.equal(made.body.status, 'new')
  assert.match(made.body.placed_at, /^20.*Z$/)
  const { rows } = await database.query('select customer_id, total from orders where id = $1', [made.body.id])
  assert.deepEqual(rows, [{ customer_id: '1', total: '12.5000' }])
  const order = `/v1/orders/${made.body.id}`
  const changed = await send('PATCH', order, { status: 'shipped', placed_at: '2026-01-01T00:00:00Z' })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  assert.deepEqual((await send('GET', order)).body, changed.body)

  for (const wrong of [
    { total: '1.23456' },
    { total: '1e3' },
    { total: '1', big_number: '9223372036854775808' },
    { total: '1', due_on: '2026-02-29' },
    { total: '1', shipping_address_id: '2' },
    { total: '1', shipping_address_id: 'x' },
    { total: '1', status: 'gone' },
  ]) {
    const refused = await send('POST', '/v1/orders', wrong)
    assert.equal(refused.status, 422, JSON.stringify(wrong))
  }
  const product = await send('POST', '/v1/products', {
    sku: 'NEWONE',
    title: 'New',
    price: '1.5',
    tags: ['a "b" \\ {c},', 'NULL', ''],
    channels: ['phone'],
    attributes: { deep: [null, 1] },
    available_from: '2026-01-01T00:00:00Z',
  })
  assert.equal(product.status, 201, JSON.stringify(product.body))
  assert.deepEqual(product.body.tags, ['a "b" \\ {c},', 'NULL', ''])
  assert.match(product.body.id, /^[\da-f-]{36}$/)
  assert.equal((await send('POST', '/v1/products', { sku: 'SMALL', title: 'N', price: '1' })).status, 422)
  const item = { order_id: made.body.id, product_id: product.body.id, quantity: 3, unit_price: '1.10' }
  const { body: line } = await send('POST', '/v1/order-items', { ...item, line_total: '99' })
  assert.equal(line.line_total, '3.30')
  assert.equal((await send('POST', '/v1/order-items', { ...item, quantity: 70_000 })).status, 422)
  assert.equal(
    (await send('PUT', `/v1/order-items/${line.id}`, { ...item, quantity: 4 })).body.line_total,
    '4.40',
  )
  assert.equal((await send('DELETE', `/v1/products/${product.body.id}`)).status, 409)
  assert.equal((await send('DELETE', `/v1/order-items/${line.id}`)).status, 204)
  assert.equal((await send('DELETE', `/v1/products/${product.body.id}`)).status, 204)
  const category = await send('POST', '/v1/categories', { name: 'Toys', parent_id: '1' })
  assert.equal(category.body.path, 'toys')
  const customer = await send('PATCH', '/v1/customers/1', { credit: '3.1415' })
  assert.equal(customer.body.credit, '3.1415')
  assert.equal(customer.body.visits, '9007199254740993')
  const test = await send('POST', '/v1/orders', { total: '1' }, { 'api-mode': 'test' })
  assert.ok([403, 409, 422].includes(test.status), String(test.status))
})

test('reading changes nothing in the database, and takes a handful of queries', async () => {
  await using many = await freshDatabase()
  const tables = Array.from(
    { length: 400 },
    (_, i) => `create table t${i} (id int primary key, a text, b int references t0)`,
  )
  await many.query(['create table t0 (id int primary key)', ...tables.slice(1)].join(';\n'))
  const { code, out } = await run(['init', '--list', '--database', many.url])
  assert.equal(code, 0)
  assert.match(out, /t399: 3 columns/)
  const { rows } = await many.query("select count(*)::int as n from pg_namespace where nspname = 'signalbox'")
  assert.deepEqual(rows, [{ n: 0 }])
})

const never = new AbortController().signal

test('what cannot be shared is refused with its place and the mend, and nothing is written', async () => {
  await using database = await commerce()
  await using at = await project()
  const out = join(at.folder, 'api.ts')
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['--table', 'user_roles:role_id', '--shared', 'user_roles'],
      /several columns \(user_id, role_id\).*create view user_roles_api/,
    ],
    [
      ['--table', 'coupons:percent', '--shared', 'coupons'],
      /its key is 'code'.*create view coupons_api as select code as id/,
    ],
    [['--table', 'audit_trail:who', '--shared', 'audit_trail'], /no column 'id' and no key/],
    [['--table', 'Odd Names:id', '--shared', 'Odd Names'], /not plain letters/],
    [['--table', 'countries:id,name', '--shared', 'countries'], /'id' is character\(2\)/],
    [
      ['--table', 'old_orders:id', '--shared', 'old_orders'],
      /'archive.old_orders': its schema is not on the search path/,
    ],
    [['--table', 'order:id', '--shared', 'order'], /There is no table 'order'/],
    [
      ['--table', 'orders:id,nothing', '--shared', 'orders'],
      /there is no column 'nothing'. It has id, customer_id/,
    ],
    [['--table', 'orders:id', '--owner', 'orders.placed_at'], /owner column 'placed_at' is timestamp/],
    [['--table', 'orders:id'], /whose rows are those of 'orders'/],
    [[], /Nothing is shared unless you name it/],
  ]
  for (const [args, told] of cases) {
    // Here, not in a process of its own: that a misuse is said, and exits with 2, is shown below and in cli.slow.test.ts.
    const asked = runCommand(['init', '--database', database.url, '--out', out, ...args], never)
    await assert.rejects(asked, error => error instanceof Misuse && told.test(error.message))
    await assert.rejects(readFile(out))
  }
})

test('passwords are neither shown nor written, and a file that is there stays', async () => {
  await using database = await commerce()
  await using at = await project()
  const out = join(at.folder, 'api.ts')
  const args = ['--out', out, '--table', 'brands:name', '--shared', 'brands']
  const url = new URL(database.url)
  url.password = 'pa%24s-word'
  const good = await run(['init', '--database', url.href, ...args])
  assert.equal(good.code, 0, good.err)
  url.pathname = '/nothing_of_this_name'
  const bad = await run(['init', '--database', url.href, ...args, '--force'])
  assert.equal(bad.code, 1)
  assert.match(bad.err, /nothing_of_this_name at .* cannot be read/)
  const files = await Promise.all(['api.ts', 'key.ts'].map(name => readFile(join(at.folder, name), 'utf8')))
  for (const text of [good.out, good.err, bad.out, bad.err, ...files]) assert.doesNotMatch(text, /s-word/)
  await writeFile(out, '// mine')
  const again = await run(['init', '--database', database.url, ...args])
  assert.equal(again.code, 2)
  assert.match(again.err, /is there already/)
  assert.equal(await readFile(out, 'utf8'), '// mine')
  assert.equal((await run(['init', '--database', database.url, ...args, '--force'])).code, 0)
  assert.notEqual(await readFile(out, 'utf8'), '// mine')
})
