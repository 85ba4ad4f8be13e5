import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, DefinitionError, resource } from '../../src/contract/index.ts'
import { rowsIn } from '../other-program.ts'
import { declaredAnswers } from './declared.ts'
import { type Fixture, startFixture } from './fixture.ts'

const folders = resource('folder', {
  path: '/folders',
  schema: z.object({ id: z.string(), name: z.string(), parent_id: z.string().nullable().default(null) }),
  owner: 'account_id',
  fields: true,
  relations: { parent: { to: 'self', by: 'parent_id' } },
})
const tree = api({ title: 'Folders', version: '1', suffixes: true, resources: [folders] })

/** A folder in a folder in a folder. */
async function nest({ send }: Fixture) {
  const make = async (name: string, parent_id: string | null) => {
    const { status, body } = await send('POST', '/folders', { name, parent_id })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const top = await make('top', null)
  const middle = await make('middle', top.id)
  return { top, middle, leaf: await make('leaf', middle.id) }
}

test('a row that refers to one of its own kind shows it, and that one its own, in a get and in a list', async () => {
  await using fixture = await startFixture(tree)
  const { send } = fixture
  const { top, middle, leaf } = await nest(fixture)
  const get = async (path: string) => (await send('GET', path)).body
  assert.deepEqual(await get(`/folders/${leaf.id}?expand=parent`), { ...leaf, parent: middle })
  assert.deepEqual(await get(`/folders/${top.id}?expand=parent`), { ...top, parent: null })
  assert.deepEqual(await get(`/folders/${leaf.id}?expand=parent.parent.parent`), {
    ...leaf,
    parent: { ...middle, parent: { ...top, parent: null } },
  })
  const { data } = await get('/folders?expand=parent')
  assert.deepEqual(data, [
    { ...leaf, parent: middle },
    { ...middle, parent: top },
    { ...top, parent: null },
  ])
  assert.deepEqual(await get(`/folders/${leaf.id}?fields=name&expand=parent`), {
    name: 'leaf',
    parent: middle,
  })
  assert.deepEqual(
    (await get(`/folders?parent_id=${top.id}`)).data.map(({ id }: { id: string }) => id),
    [middle.id],
  )
  assert.equal((await send('GET', `/folders/${leaf.id}?expand=parent.parent.parent.parent`)).status, 400)
  assert.deepEqual(fixture.faults, [])
})

test('it does so in XML and in CSV, and as the document declares', async () => {
  await using fixture = await startFixture(tree)
  const { leaf } = await nest(fixture)
  const ask = (path: string) =>
    fetch(new URL(path, fixture.url), { headers: { authorization: `Bearer ${fixture.key}` } })
  const text = async (path: string) => (await ask(path)).text()
  assert.match(
    await text(`/folders/${leaf.id}.xml?fields=name&expand=parent`),
    /<folder[^>]*><name>leaf<\/name><parent>.*<name>middle<\/name>.*<\/parent><\/folder>/,
  )
  assert.match(await text('/folders.csv?fields=name&expand=parent'), /^name,parent\.id,parent\.name,/)
  const check = await declaredAnswers(fixture.url)
  for (const path of ['/folders', '/folders/{id}'])
    for (const query of ['', '?expand=parent', '?expand=parent.parent', '?fields=name&expand=parent']) {
      const at = path.replace('{id}', leaf.id) + query
      await check('GET', path)(await ask(at), at)
    }
  const { body: document } = await fixture.send('GET', '/openapi.json')
  const { Folder } = document.components.schemas
  assert.deepEqual(Folder.properties.parent.anyOf, [
    { $ref: '#/components/schemas/Folder' },
    { type: 'null' },
  ])
})

test("a row refers to rows of its kind that are the account's, and one that is referred to is kept", async () => {
  await using fixture = await startFixture(tree)
  const { send } = fixture
  const other = await fixture.another()
  const { top, middle, leaf } = await nest(fixture)
  const { body: theirs } = await other('POST', '/folders', { name: 'theirs' })
  const refused = await send('PATCH', `/folders/${leaf.id}`, { parent_id: theirs.id })
  assert.deepEqual([refused.status, refused.body.errors[0].pointer], [422, '#/parent_id'])
  const used = await send('DELETE', `/folders/${middle.id}`)
  assert.deepEqual([used.status, used.body.detail], [409, 'It is referred to by a folder.'])

  // A row that another program has made refer to another account's is shown without it.
  await rowsIn(fixture.database, 'update folders set parent_id = $1 where id = $2', theirs.id, leaf.id)
  assert.equal((await send('GET', `/folders/${leaf.id}?expand=parent`)).body.parent, null)

  // One that refers to itself, and to which no other refers, can be deleted.
  assert.equal((await send('PATCH', `/folders/${middle.id}`, { parent_id: middle.id })).status, 200)
  const { body: itself } = await send('GET', `/folders/${middle.id}?expand=parent.parent`)
  assert.equal(itself.parent.parent.id, middle.id)
  for (const { id } of [middle, top]) assert.equal((await send('DELETE', `/folders/${id}`)).status, 204)
  assert.deepEqual(fixture.faults, [])
})

test('a relation of a row to its own kind needs a field that holds an id, as any other does', () => {
  assert.throws(
    () =>
      resource('folder', {
        path: '/folders',
        schema: z.object({ id: z.string(), depth: z.int() }),
        owner: 'account_id',
        relations: { parent: { to: 'self', by: 'depth' } },
      }),
    error => error instanceof DefinitionError && /not a field that holds an id/.test(error.message),
  )
})
