import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { tempFolder, tempStore } from './temp.ts'

test('a database in memory is refused, since nothing in it is durable', () => {
  for (const file of ['', ':memory:']) assert.throws(() => sqlite(file), /Name a file/)
})

test('the file is made with its folders', async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'a', 'b', 'news?room.db')
  const store = await sqlite(file)()
  await store.close()
  assert.ok(existsSync(file))
})

test('a file that is not a database is named, with the mend', async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'notes.txt')
  await writeFile(file, 'Not a database, but a shopping list.\n'.repeat(200))
  await assert.rejects(sqlite(file)(), (error: Error) => {
    assert.ok(error.message.includes(`'${file}'`))
    assert.match(error.message, /another kind of file.*Name another file/)
    return true
  })
})

test('a folder that cannot be made is named, with the mend', async () => {
  await using folder = await tempFolder()
  await writeFile(join(folder.path, 'plain'), '')
  const file = join(folder.path, 'plain', 'test.db')
  await assert.rejects(sqlite(file)(), (error: Error) => {
    assert.ok(error.message.includes(`'${file}'`))
    assert.match(error.message, /the right to write/)
    return true
  })
})

test('a folder in place of the file is named, with the mend', async () => {
  await using folder = await tempFolder()
  await assert.rejects(sqlite(folder.path)(), (error: Error) => {
    assert.ok(error.message.includes(`'${folder.path}'`))
    assert.match(error.message, /the right to write/)
    return true
  })
})

test('a file without the right to write is named', async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  await (await sqlite(file)()).close()
  await chmod(folder.path, 0o755)
  await chmod(file, 0o444)
  const givenUp = giveUpRoot()
  try {
    await assert.rejects(sqlite(file)(), /the right to write/)
  } finally {
    givenUp?.()
  }
})

/** Root may write all, so it acts as somebody else for a moment. Answers how to come back. */
function giveUpRoot(): (() => void) | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const NOBODY = 65_534
  process.seteuid?.(NOBODY)
  return () => process.seteuid?.(0)
}

test('an open that meets a lock waits for it by timers', async () => {
  await using temp = await tempStore()
  await temp.store.unit(tx => tx.run('create table a (id integer)'))
  const other = new DatabaseSync(temp.file)
  other.exec('begin exclusive')
  const opening = sqlite(temp.file)()
  setTimeout(() => other.close(), 50)
  const second = await opening
  assert.deepEqual(await second.read.all('select id from a'), [])
  await second.close()
})

test('after close the log is copied and gone: no connection is left open', async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  const store = await sqlite(file)()
  await store.unit(tx => tx.run('create table a (id integer primary key)'))
  assert.ok(existsSync(`${file}-wal`))
  await store.close()
  assert.ok(!existsSync(`${file}-wal`))
  assert.ok(statSync(file).size > 0)
})

test('foreign keys are enforced', async () => {
  await using temp = await tempStore()
  await temp.store.unit(async tx => {
    await tx.run('create table parents (id text primary key)')
    await tx.run('create table children (parent text references parents (id))')
  })
  await assert.rejects(
    temp.store.unit(tx => tx.run("insert into children values ('nobody')")),
    /FOREIGN KEY constraint failed/,
  )
})

test('a generated column and a rowid key need no value; a view has columns too', async () => {
  await using temp = await tempStore()
  await temp.store.unit(async tx => {
    await tx.run('create table a (id integer primary key, n integer, twice integer as (n * 2) stored) strict')
    await tx.run('create table b (id integer primary key, n integer) without rowid')
    await tx.run('create view c as select id, twice from a')
  })
  const defaults = async (table: string): Promise<unknown> =>
    (await temp.store.columns(table))?.map(({ name, hasDefault }) => [name, hasDefault])
  assert.deepEqual(await defaults('a'), [
    ['id', true],
    ['n', false],
    ['twice', true],
  ])
  assert.deepEqual(await defaults('b'), [
    ['id', false],
    ['n', false],
  ])
  assert.deepEqual(await defaults('c'), [
    ['id', false],
    ['twice', false],
  ])
})
