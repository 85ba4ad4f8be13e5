import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { run } from '../program.ts'
import { project } from './written.ts'

async function shop(folder: string): Promise<string> {
  const file = join(folder, 'shop.db')
  const db = new DatabaseSync(file)
  db.exec(await readFile(new URL('shop.sqlite.sql', import.meta.url), 'utf8'))
  db.close()
  return file
}

const FLAGS = [
  ['--table', 'customers:id,email,name,joined,vip', '--shared', 'customers'],
  ['--table', 'products:id,title,price,kind,stock,attributes,photo,weight', '--shared', 'products'],
  ['--table', 'orders:id,product_id,parent_id,placed_at,total,doubled', '--owner', 'orders.customer_id'],
  ['--table', 'totals:total', '--shared', 'totals'],
].flat()

test('what is chosen of a SQLite file is an api over it', async () => {
  await using at = await project()
  const file = await shop(at.folder)
  const args = ['init', '--database', file, '--out', join(at.folder, 'api.ts')]
  const { code, err } = await run([...args, ...FLAGS, '--write', 'orders,products'])
  assert.equal(code, 0, err)
  assert.match(err, /'products.photo' is left out: it holds bytes/)
  const text = await readFile(join(at.folder, 'api.ts'), 'utf8')
  assert.doesNotMatch(text, /secret|memberships/)
  await at.typeCheck()
  await using started = await at.start(file)
  const send = await started.as('1')
  const { body: orders } = await send('GET', '/v1/orders?expand=product,parent')
  assert.deepEqual(
    orders.data.map((row: { id: string }) => row.id),
    ['3', '1'],
  )
  assert.equal(orders.data[1].product.title, 'Emma')
  assert.equal(orders.data[0].parent.id, '1')
  assert.deepEqual((await send('GET', '/v1/orders/1')).body, {
    id: '1',
    product_id: 'p1',
    parent_id: null,
    placed_at: '2026-11-30T10:00:00Z',
    total: 12.5,
    doubled: 25,
  })
  for (const id of ['2', '01', 'x', '1.0']) assert.equal((await send('GET', `/v1/orders/${id}`)).status, 404)
  const { body: books } = await send('GET', '/v1/products?kind=book&stock[gte]=1')
  assert.deepEqual(
    books.data.map((row: { id: string }) => row.id),
    ['p1'],
  )
  assert.deepEqual(books.data[0].attributes, { pages: 474 })
  assert.equal((await send('GET', '/v1/orders?parent_id=1')).body.data.length, 1)
  assert.equal((await send('GET', '/v1/customers/1')).body.joined, '2026-11-30 10:00:00')
  assert.equal((await send('GET', '/v1/totals/1')).body.total, 13.5)

  const made = await send('POST', '/v1/orders', {
    placed_at: '2026-12-01T00:00:00Z',
    total: 3,
    parent_id: '1',
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.deepEqual([made.body.id, made.body.doubled], ['4', 6])
  const { body: patched } = await send('PATCH', '/v1/orders/4', { total: 4 })
  assert.equal(patched.doubled, 8)
  assert.deepEqual((await send('GET', '/v1/orders/4')).body, patched)
  assert.equal((await send('POST', '/v1/orders', { placed_at: 'x', total: 3, parent_id: '2' })).status, 422)
  assert.equal((await send('DELETE', '/v1/orders/1')).status, 409)
  assert.equal((await send('DELETE', '/v1/orders/4')).status, 204)
  const product = await send('POST', '/v1/products', { title: 'New', price: 1 })
  assert.match(product.body.id, /^pro_/)
  assert.equal(product.body.kind, 'book')
})

test('a file that is not there is not made', async () => {
  await using at = await project()
  const { code, err } = await run(['init', '--list', '--database', join(at.folder, 'none.db')])
  assert.equal(code, 1)
  assert.match(err, /There is no file/)
  await assert.rejects(readFile(join(at.folder, 'none.db')))
})
