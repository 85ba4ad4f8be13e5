import assert from 'node:assert/strict'
import type { ColumnType, Store, Trigger, Value, Watch } from '../port.ts'
import { migrate } from '../schema.ts'
import { insert, type Rule } from './rule.ts'

const items: Watch = { name: 'item_1', table: 'items', columns: ['id', 'n'] }

async function watch(store: Store, { name, table, columns }: Watch): Promise<readonly Trigger[]> {
  const { describe, triggers } = store.dialect.watching
  await migrate(store)
  return store.unit(async tx => {
    const made = triggers({ name, table, columns }, await tx.all(describe, table))
    for (const { create } of made) await tx.run(create)
    return made
  })
}

/** What was filed, oldest first, as [watch, before, data]. */
async function filed(store: Store): Promise<unknown[]> {
  const rows = await store.read.all(
    `select watch, before, data from signalbox_changes order by ${store.dialect.rowName}`,
  )
  const rowOf = (filed: Value | undefined): unknown =>
    typeof filed === 'string' ? { ...store.dialect.watching.readRow(filed) } : null
  return rows.map(row => [row['watch'], rowOf(row['before']), rowOf(row['data'])])
}

export function watchRules(rule: Rule): void {
  rule(
    'each change of a watched table is filed with its unit: the row as it was, and as it is',
    async ({ store }) => {
      await watch(store, items)
      await store.unit(async tx => {
        await insert(tx, 'a', 1)
        await tx.run("update items set n = 2 where id = 'a'")
      })
      await store.unit(tx => tx.run('delete from items'))
      await assert.rejects(
        store.unit(async tx => {
          await insert(tx, 'b')
          throw new Error('undone')
        }),
      )
      assert.deepEqual(await filed(store), [
        ['item_1', null, { id: 'a', n: 1 }],
        ['item_1', { id: 'a', n: 1 }, { id: 'a', n: 2 }],
        ['item_1', { id: 'a', n: 2 }, null],
      ])
    },
  )

  rule('what another open of the database changes is filed as well', async ({ store, again }) => {
    await watch(store, items)
    const other = await again()
    try {
      await other.unit(tx => insert(tx, 'a', 1))
      assert.deepEqual(await filed(store), [['item_1', null, { id: 'a', n: 1 }]])
    } finally {
      await other.close()
    }
  })

  rule('a change of columns that are not watched is not filed', async ({ store }) => {
    await watch(store, { ...items, columns: ['id'] })
    await store.unit(async tx => {
      await insert(tx, 'a', 1)
      await tx.run('update items set n = 2')
    })
    assert.deepEqual(await filed(store), [['item_1', null, { id: 'a' }]])
  })

  const samples: readonly (readonly [unknown, ColumnType])[] = [
    ['it\'s "quoted" $1 \\ \n\t🚦', 'text'],
    ['', 'text'],
    [Number.MAX_SAFE_INTEGER, 'integer'],
    [Number.MIN_SAFE_INTEGER, 'integer'],
    [0.1 + 0.2, 'real'],
    [3, 'real'],
    [-2.5e-300, 'real'],
    [5e-324, 'real'],
    [1.7976931348623157e308, 'real'],
    [true, 'boolean'],
    [false, 'boolean'],
    [{ a: [1, 2.5, { b: null }], c: 'ü' }, 'json'],
    [[], 'json'],
    ['5', 'json'],
    [null, 'text'],
  ]
  rule('values are filed as they are read', async ({ store }) => {
    const { dialect } = store
    const columns = samples.map((_, i) => `say "v${i}"`)
    const declared = samples.map(([, type], i) => dialect.declare(columns[i] ?? '', type, true))
    await store.unit(tx =>
      tx.run(`create table samples (id text primary key, ${declared.join(', ')})${dialect.tableOptions}`),
    )
    await watch(store, { name: 'sample_1', table: 'samples', columns: ['id', ...columns] })
    const values = samples.map(([value, type]) => dialect.encode(value, type))
    const places = values.map((_, i) => `$${i + 1}`).join(', ')
    await store.unit(tx => tx.run(`insert into samples values ('a', ${places})`, ...values))
    const [[, , data] = []] = (await filed(store)) as [string, null, Record<string, never>][]
    for (const [i, [value, type]] of samples.entries()) {
      assert.deepEqual(dialect.decode(data?.[columns[i] ?? ''] ?? null, type), value)
    }
  })

  rule('a table of 900 columns can be watched', async ({ store }) => {
    const columns = Array.from({ length: 900 }, (_, i) => `c${i}`)
    await store.unit(tx =>
      tx.run(`create table wide (id text primary key, ${columns.map(c => `${c} integer`).join(', ')})`),
    )
    await watch(store, { name: 'wide_1', table: 'wide', columns: ['id', ...columns] })
    await store.unit(tx => tx.run("insert into wide (id, c0, c899) values ('a', 1, 2)"))
    const [[, , data] = []] = (await filed(store)) as [string, null, Record<string, unknown>][]
    assert.deepEqual([Object.keys(data ?? {}).length, data?.['c0'], data?.['c899']], [901, 1, 2])
  })

  rule('triggers are listed with their table, and can be dropped', async ({ store }) => {
    const { listTriggers, dropTrigger } = store.dialect.watching
    const first = await watch(store, items)
    const second = await watch(store, { ...items, name: 'item_2' })
    const listed = await store.read.all(listTriggers)
    assert.deepEqual(
      new Set(listed.map(({ name, table }) => `${String(name)} on ${String(table)}`)),
      new Set([...first, ...second].map(({ name }) => `${name} on items`)),
    )
    await store.unit(async tx => {
      for (const { name } of [...first, ...second]) await tx.run(dropTrigger(name, 'items'))
    })
    assert.deepEqual(await store.read.all(listTriggers), [])
    await store.unit(tx => insert(tx, 'a'))
    assert.deepEqual(await filed(store), [])
  })
}
