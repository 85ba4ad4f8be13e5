import assert from 'node:assert/strict'
import type { Reader } from '../port.ts'
import { ids, insert, type Rule } from './rule.ts'

export function statementRules(rule: Rule): void {
  rule('$1 to $10 are values by number, in any order and more than once', async ({ store }) => {
    const text = 'select $10 || $2 || $1 || $1 as x, $3 || $4 || $5 || $6 || $7 || $8 || $9 as y'
    const row = await store.read.get(text, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j')
    assert.deepEqual({ ...row }, { x: 'jbaa', y: 'cdefghi' })
  })

  rule('$1 inside a literal, a quoted name or a comment is not a value', async ({ store }) => {
    const text = `select '$1' as literal, 'it''s $2' as quoted, $1 as "$3" -- not $4
      /* nor $5 */`
    assert.deepEqual({ ...(await store.read.get(text, 'v')) }, { literal: '$1', quoted: "it's $2", $3: 'v' })
  })

  rule('a statement with too few or too many values is refused', async ({ store }) => {
    await assert.rejects(store.unit(tx => tx.run('insert into items (id, n) values ($1, $2)', 'a')))
    await assert.rejects(store.unit(tx => tx.run('insert into items (id) values ($1)', 'a', 'b')))
    assert.deepEqual(await ids(store), [])
  })

  rule('two statements in one text are refused', async ({ store }) => {
    await assert.rejects(
      store.unit(tx => tx.run("insert into items (id) values ('a'); insert into items (id) values ('b')")),
    )
    assert.deepEqual(await ids(store), [])
  })

  rule('run answers how many rows changed, and 0 where a statement changes none', async ({ store }) => {
    await store.unit(async tx => {
      assert.equal(await tx.run("insert into items (id, n) values ('a', 1), ('b', 1), ('c', 2)"), 3)
      assert.equal(await tx.run('update items set n = 5 where n = $1', 1), 2)
      assert.equal(await tx.run('create table others (id text primary key)'), 0)
      assert.equal(await tx.run('delete from items where n = $1', 77), 0)
    })
  })

  rule('get answers undefined and all an empty list where there is no row', async ({ store }) => {
    assert.equal(await store.read.get('select id from items'), undefined)
    assert.deepEqual(await store.read.all('select id from items'), [])
    assert.equal(await store.unit(tx => tx.get('select id from items')), undefined)
  })

  rule('until answers the rows up to the one with which it is enough, or all of them', async ({ store }) => {
    await store.unit(async tx => {
      for (const [i, id] of ['a', 'b', 'c', 'd'].entries()) await insert(tx, id, i)
      const read = async (reader: Reader, last: number): Promise<string> => {
        const rows = await reader.until(row => row['n'] === last, 'select id, n from items order by id')
        return rows.map(row => String(row['id'])).join('')
      }
      assert.deepEqual([await read(tx, 0), await read(tx, 2), await read(tx, 9)], ['a', 'abc', 'abcd'])
    })
    const first = () => store.read.until(() => true, 'select id from items where n > $1 order by id', 0)
    // Twice, and among others: what was not read to its end is as new.
    for (const rows of await Promise.all([first(), first()]))
      assert.deepEqual(
        rows.map(r => r['id']),
        ['b'],
      )
    assert.deepEqual(await store.read.until(() => true, 'select id from items where n > 9'), [])
  })

  rule('what throws while rows are read rejects, and the unit can go on', async ({ store }) => {
    const stop = () => {
      throw new Error('no more')
    }
    await store.unit(async tx => {
      await insert(tx, 'a')
      await assert.rejects(tx.until(stop, 'select id from items'), /no more/)
      await insert(tx, 'b')
    })
    assert.deepEqual(await ids(store), ['a', 'b'])
  })

  rule('a unit cannot end its transaction by a statement', async ({ store }) => {
    for (const text of ['commit', 'rollback', '/* so */ End']) {
      await assert.rejects(
        store.unit(async tx => {
          await insert(tx, 'a')
          await tx.run(text)
        }),
      )
    }
    assert.deepEqual(await ids(store), [])
  })
}

export function readRules(rule: Rule): void {
  rule('reads see what has resolved, on every open of the database', async ({ store, again }) => {
    const other = await again()
    try {
      for (let i = 0; i < 50; i++) {
        await store.unit(tx => insert(tx, `i${i}`))
        for (const read of [store.read, store.peek, other.read, other.peek]) {
          assert.equal(Number((await read.get('select count(*) as c from items'))?.['c']), i + 1)
        }
      }
    } finally {
      await other.close()
    }
  })

  rule('reads never see a part of a unit', async ({ store }) => {
    let running = true
    const writing = (async () => {
      for (let i = 0; i < 200; i++) {
        await store.unit(async tx => {
          await insert(tx, `a${i}`)
          await Promise.resolve()
          await insert(tx, `b${i}`)
        })
      }
      running = false
    })()
    let odd = 0
    let looks = 0
    while (running) {
      const row = await store.read.get('select count(*) as c from items')
      odd += Number(row?.['c']) % 2
      looks++
      await new Promise(resolve => setImmediate(resolve))
    }
    await writing
    assert.equal(odd, 0)
    assert.ok(looks > 10, `only ${looks} looks`)
  })

  rule('a read cannot write', async ({ store }) => {
    for (const read of [store.read, store.peek]) {
      await assert.rejects(read.get("insert into items (id) values ('a') returning id"))
    }
    assert.deepEqual(await ids(store), [])
  })
}
