import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ForeignAwait, StoreClosed, UnitOver } from '../errors.ts'
import { ids, insert, type Rule } from './rule.ts'

export function foreignAwaitRules(rule: Rule): void {
  const waits: { readonly [what: string]: () => Promise<unknown> } = {
    'a timer': () => sleep(5),
    'a timer of no length': () => sleep(0),
    'the next turn of the event loop': () => new Promise(resolve => setImmediate(resolve)),
    'something that never comes': () => new Promise(() => undefined),
  }
  for (const [what, wait] of Object.entries(waits)) {
    rule(`a unit that awaits ${what} is undone, and its neighbours are not`, async ({ store }) => {
      const foreign = store.unit(async tx => {
        await insert(tx, 'foreign')
        await wait()
        await insert(tx, 'later')
      })
      const neighbours = Array.from({ length: 20 }, (_, i) => store.unit(tx => insert(tx, `n${i}`)))
      await assert.rejects(foreign, ForeignAwait)
      await Promise.all(neighbours)
      assert.equal((await ids(store)).length, 20)
    })
  }

  rule('a foreign await inside nested work undoes the whole unit, and only it', async ({ store }) => {
    let resumed: Promise<unknown> | undefined
    const foreign = store.unit(async tx => {
      await insert(tx, 'outer')
      resumed = tx.nested(async () => {
        await insert(tx, 'inner')
        await sleep(5)
      })
      await resumed
    })
    const neighbour = store.unit(tx => tx.nested(() => insert(tx, 'neighbour')))
    await assert.rejects(foreign, ForeignAwait)
    await neighbour
    await assert.rejects(resumed ?? Promise.resolve(), UnitOver)
    assert.deepEqual(await ids(store), ['neighbour'])
  })

  rule('work that is waited out can use its unit no more', async ({ store }) => {
    const { promise: late, resolve } = Promise.withResolvers<unknown>()
    const foreign = store.unit(async tx => {
      await sleep(5)
      resolve(tx.run('insert into items (id) values ($1)', 'late').catch((error: unknown) => error))
    })
    await assert.rejects(foreign, ForeignAwait)
    assert.ok((await late) instanceof UnitOver)
    assert.deepEqual(await ids(store), [])
  })

  rule('a unit inside a unit is a foreign await, since it would wait for its own end', async ({ store }) => {
    let inner: Promise<unknown> | undefined
    const outer = store.unit(async tx => {
      await insert(tx, 'outer')
      inner = store.unit(other => insert(other, 'inner'))
      await inner
    })
    await assert.rejects(outer, ForeignAwait)
    await inner
    assert.deepEqual(await ids(store), ['inner'])
  })

  rule('a statement after the end of its unit rejects with UnitOver', async ({ store }) => {
    const tx = await store.unit(async unit => unit)
    await assert.rejects(tx.get('select 1 as one'), UnitOver)
    await assert.rejects(tx.all('select 1 as one'), UnitOver)
    await assert.rejects(insert(tx, 'a'), UnitOver)
    await assert.rejects(
      tx.nested(async () => 1),
      UnitOver,
    )
    assert.deepEqual(await ids(store), [])
  })
}

export function closeRules(rule: Rule): void {
  rule('close lets the units that were taken finish, and they stay', async ({ store, again }) => {
    const units = Array.from({ length: 500 }, (_, i) => store.unit(tx => insert(tx, `i${i}`)))
    await store.close()
    await Promise.all(units)
    const other = await again()
    try {
      assert.equal((await ids(other)).length, 500)
    } finally {
      await other.close()
    }
  })

  rule(
    'after close, units and reads reject with StoreClosed, and close may be called again',
    async ({ store }) => {
      const closing = store.close()
      await assert.rejects(
        store.unit(async () => 1),
        StoreClosed,
      )
      await assert.rejects(store.read.get('select 1 as one'), StoreClosed)
      await assert.rejects(store.peek.get('select 1 as one'), StoreClosed)
      await closing
      await store.close()
      await assert.rejects(store.read.all('select 1 as one'), StoreClosed)
    },
  )
}
