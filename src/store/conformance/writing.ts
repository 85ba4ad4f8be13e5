import assert from 'node:assert/strict'
import { ids, insert, type Rule } from './rule.ts'

export function writingRules(rule: Rule): void {
  rule('what a unit writes and does not wait for is there for what follows in it', async ({ store }) => {
    const seen = await store.unit(async tx => {
      tx.write("insert into items (id) values ('a')")
      tx.write("insert into items (id) values ('b')")
      return (await tx.all('select id from items order by id')).map(row => row['id'])
    })
    assert.deepEqual(seen, ['a', 'b'])
    assert.deepEqual(await ids(store), ['a', 'b'])
  })

  rule('where that fails its unit leaves nothing, and its neighbours stay', async ({ store }) => {
    await store.unit(tx => insert(tx, 'taken'))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        store.unit(
          async tx => {
            tx.write('insert into items (id) values ($1)', `a${i}`)
            tx.write('insert into items (id) values ($1)', i % 10 === 0 ? 'taken' : `b${i}`)
          },
          'one',
          i % 2 === 0 ? 'any' : 'adds',
        ),
      ),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 6)
    assert.equal((await ids(store)).length, 1 + 54 * 2)
  })

  rule('within nested work it fails alone', async ({ store }) => {
    await store.unit(async tx => {
      tx.write("insert into items (id) values ('a')")
      await assert.rejects(
        tx.nested(async () => {
          tx.write("insert into items (id) values ('b')")
          tx.write("insert into items (id) values ('a')")
        }),
      )
      await tx.nested(async () => tx.write("insert into items (id) values ('c')"))
    })
    assert.deepEqual(await ids(store), ['a', 'c'])
  })
}
