import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { UnitOver } from '../errors.ts'
import type { Row, Tx } from '../port.ts'
import { ids, insert, type Rule } from './rule.ts'

export function unitRules(rule: Rule): void {
  rule('a unit answers what its work answers, and what it wrote stays', async ({ store }) => {
    const work = async (tx: Tx): Promise<string> => {
      await insert(tx, 'a')
      return 'done'
    }
    assert.equal(await store.unit(work), 'done')
    assert.deepEqual(await ids(store), ['a'])
  })

  rule('1,000 concurrent read-modify-writes with awaits between lose none', async ({ store }) => {
    await store.unit(tx => insert(tx, 'counter'))
    const increment = async (tx: Tx): Promise<void> => {
      // Writing first takes the row, which is how units on every store keep others from it.
      await tx.run("update items set n = n where id = 'counter'")
      const row = await tx.get("select n from items where id = 'counter'")
      await Promise.resolve()
      await tx.run("update items set n = $1 where id = 'counter'", Number(row?.['n']) + 1)
    }
    await Promise.all(Array.from({ length: 1_000 }, () => store.unit(increment)))
    assert.equal(Number((await store.read.get('select n from items'))?.['n']), 1_000)
  })

  rule('a unit that throws leaves nothing, and its neighbours stay', async ({ store }) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) =>
        store.unit(async tx => {
          await insert(tx, `a${i}`)
          await insert(tx, `b${i}`)
          if (i % 3 === 0) throw new Error(`no ${i}`)
        }),
      ),
    )
    const refused = outcomes.filter(outcome => outcome.status === 'rejected')
    assert.deepEqual(
      refused.map(({ reason }: { reason: Error }) => reason.message),
      Array.from({ length: 100 }, (_, i) => `no ${i * 3}`),
    )
    const left = await ids(store)
    assert.equal(left.length, 400)
    assert.deepEqual(
      left.filter(id => Number(String(id).slice(1)) % 3 === 0),
      [],
    )
  })

  rule('a unit whose work throws before its first await rejects with that', async ({ store }) => {
    const thrown = new Error('at once')
    await assert.rejects(
      store.unit(() => {
        throw thrown
      }),
      thrown,
    )
  })

  rule('a statement that fails rejects the unit and undoes what came before it', async ({ store }) => {
    await assert.rejects(
      store.unit(async tx => {
        await insert(tx, 'a')
        await insert(tx, 'a')
      }),
    )
    assert.deepEqual(await ids(store), [])
  })

  rule('a unit runs in the async context of its caller', async ({ store }) => {
    const context = new AsyncLocalStorage<number>()
    const callers = Array.from({ length: 20 }, (_, i) => i)
    const seen = await Promise.all(
      callers.map(i =>
        context.run(i, () =>
          store.unit(async tx => {
            const before = context.getStore()
            await insert(tx, `i${i}`)
            return [before, context.getStore()]
          }),
        ),
      ),
    )
    assert.deepEqual(
      seen,
      callers.map(i => [i, i]),
    )
  })

  rule('a unit sees its own writes, and reads outside do not before it ends', async ({ store, again }) => {
    const other = await again()
    try {
      const seen = await store.unit(async tx => {
        await insert(tx, 'a')
        return (await tx.all('select id from items')).length
      })
      assert.equal(seen, 1)
      let outside: Promise<Row[]> | undefined
      await assert.rejects(
        store.unit(async tx => {
          await insert(tx, 'b')
          outside = other.read.all('select id from items')
          throw new Error('undone')
        }),
      )
      assert.equal((await outside)?.length, 1)
    } finally {
      await other.close()
    }
  })
}

export function nestedRules(rule: Rule): void {
  rule('nested work that rejects is undone alone, and the unit goes on', async ({ store }) => {
    await store.unit(async tx => {
      await insert(tx, 'before')
      await assert.rejects(
        tx.nested(async () => {
          await insert(tx, 'inside')
          throw new Error('alone')
        }),
        { message: 'alone' },
      )
      await insert(tx, 'later')
    })
    assert.deepEqual(await ids(store), ['before', 'later'])
  })

  rule('a statement that fails inside nested work leaves the unit usable', async ({ store }) => {
    await store.unit(async tx => {
      await insert(tx, 'a')
      await assert.rejects(tx.nested(() => insert(tx, 'a')))
      await insert(tx, 'b')
    })
    assert.deepEqual(await ids(store), ['a', 'b'])
  })

  rule('nested work answers, and can be nested in nested work', async ({ store }) => {
    const answer = await store.unit(tx =>
      tx.nested(async () => {
        await insert(tx, 'outer')
        await assert.rejects(
          tx.nested(async () => {
            await insert(tx, 'inner')
            await tx.nested(() => insert(tx, 'innermost'))
            throw new Error('no')
          }),
        )
        return 'outer'
      }),
    )
    assert.equal(answer, 'outer')
    assert.deepEqual(await ids(store), ['outer'])
  })

  rule('what nested work did is undone with its unit', async ({ store }) => {
    await assert.rejects(
      store.unit(async tx => {
        await tx.nested(() => insert(tx, 'a'))
        throw new Error('no')
      }),
    )
    assert.deepEqual(await ids(store), [])
  })

  rule('a unit that ends before its nested work is undone', async ({ store }) => {
    let inner: Promise<unknown> | undefined
    const unit = store.unit(async tx => {
      inner = tx.nested(async () => {
        await insert(tx, 'a')
        for (let i = 0; i < 100; i++) await Promise.resolve()
        await insert(tx, 'b')
      })
      inner.catch(() => undefined)
    })
    await assert.rejects(unit, UnitOver)
    await assert.rejects(inner ?? Promise.resolve(), UnitOver)
    assert.deepEqual(await ids(store), [])
  })

  rule('nested works that overlap undo their unit, since they cannot fail alone', async ({ store }) => {
    const unit = store.unit(async tx => {
      await Promise.allSettled([tx.nested(() => insert(tx, 'a')), tx.nested(() => insert(tx, 'b'))])
    })
    await assert.rejects(unit, /overlap/)
    assert.deepEqual(await ids(store), [])
  })
}

/** Of units that only add rows: however they are run, each is whole or not there. */
export function addingRules(rule: Rule): void {
  rule(
    'of units that only add, those that fail leave nothing, and their neighbours stay',
    async ({ store }) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 200 }, (_, i) =>
          store.unit(
            async tx => {
              await insert(tx, `a${i}`)
              await Promise.resolve()
              await insert(tx, `b${i}`)
              if (i % 10 === 0) throw new Error(`no ${i}`)
            },
            'one',
            'adds',
          ),
        ),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 20)
      const left = await ids(store)
      assert.equal(left.length, 360)
      assert.deepEqual(
        left.filter(id => Number(String(id).slice(1)) % 10 === 0),
        [],
      )
    },
  )

  rule('units that only add may nest work, and share a scope with others', async ({ store }) => {
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        store.unit(
          async tx => {
            await insert(tx, `i${i}`)
            await assert.rejects(
              tx.nested(async () => {
                await insert(tx, `n${i}`)
                throw new Error('alone')
              }),
              { message: 'alone' },
            )
          },
          'one',
          i % 3 === 0 ? 'any' : 'adds',
        ),
      ),
    )
    assert.equal((await ids(store)).length, 60)
  })

  rule(
    'of units that add in several scopes, those that fail leave nothing, and all others stay',
    async ({ store }) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 120 }, (_, i) =>
          store.unit(
            async tx => {
              await insert(tx, `a${i}`)
              if (i % 10 === 0) throw new Error(`no ${i}`)
            },
            `scope ${i % 12}`,
            'adds',
          ),
        ),
      )
      const refused = outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))
      assert.deepEqual(
        refused,
        Array.from({ length: 12 }, (_, i) => i * 10),
      )
      assert.equal((await ids(store)).length, 108)
    },
  )

  rule(
    'in each scope a unit of another kind comes after those before it that add, and before those behind it',
    async ({ store }) => {
      const scopes = Array.from({ length: 12 }, (_, i) => `scope ${i}`)
      await Promise.all(
        scopes.map(async (scope, i) => {
          const count = async (tx: Tx): Promise<number> => {
            const row = await tx.get('select count(*) as n from items where n = $1', i)
            return Number(row?.['n'])
          }
          const add = (round: string): Promise<number>[] =>
            Array.from({ length: 8 }, (_, k) =>
              store.unit(
                async tx => {
                  await insert(tx, `${scope} ${round} ${k}`, i)
                  return count(tx)
                },
                scope,
                'adds',
              ),
            )
          const before = add('before')
          const between = store.unit(count, scope)
          const behind = add('behind')
          assert.ok((await Promise.all(before)).every(n => n <= 8))
          assert.equal(await between, 8)
          assert.ok((await Promise.all(behind)).every(n => n > 8))
        }),
      )
    },
  )
}
