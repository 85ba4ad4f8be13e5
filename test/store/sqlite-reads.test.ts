import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { createMemory, type Reader, StoreBusy, StoreClosed } from '../../src/store/index.ts'
import { connect } from '../../src/store/sqlite/connection.ts'
import { createReader } from '../../src/store/sqlite/reader.ts'
import { createSnapshots } from '../../src/store/sqlite/snapshots.ts'
import { tempStore } from './temp.ts'

const COUNT = 'select count(*) as c from a'
const count = async (reader: Reader): Promise<number> => Number((await reader.get(COUNT))?.['c'])

/** The reads alone, over real connections: the flushes are counted, and return when the test says so. */
async function openReads({ busy = 0, patienceMs = 5_000 } = {}) {
  const temp = await tempStore()
  await temp.store.unit(tx => tx.run('create table a (id integer primary key) strict'))
  const foreign = new DatabaseSync(temp.file)
  const writer = connect(temp.file, 'write')
  const reader = connect(temp.file, 'read')
  let flushes = 0
  let flushed: PromiseWithResolvers<void> | undefined
  let locked = busy
  const connection = {
    ...reader,
    get inTransaction() {
      return reader.inTransaction
    },
    control(sql: string) {
      if (sql === 'begin' && locked-- > 0) throw Object.assign(new Error('locked'), { errcode: 5 })
      return reader.control(sql)
    },
  }
  const snapshots = createSnapshots({
    connection,
    writer,
    flusher: {
      flush() {
        flushes++
        flushed ??= Promise.withResolvers<void>()
        return flushed.promise
      },
      get pending() {
        return flushed?.promise
      },
    },
    clock: systemClock,
    random: systemRandom,
    patienceMs,
  })
  return {
    reads: {
      read: createReader(connection, snapshots, true),
      peek: createReader(connection, snapshots, false),
      close: snapshots.close,
    },
    writer,
    insert: () => foreign.exec('insert into a default values'),
    flushes: () => flushes,
    endFlush() {
      flushed?.resolve()
      flushed = undefined
    },
    async [Symbol.asyncDispose]() {
      await snapshots.close()
      reader.close()
      writer.close()
      foreign.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

test('what is committed before a turn ends is seen by all that was asked for in it', async () => {
  await using at = await openReads()
  const first = count(at.reads.peek)
  at.insert()
  const second = count(at.reads.peek)
  assert.deepEqual(await Promise.all([first, second]), [1, 1])
})

test('whoever goes on at once sees the same state, and a turn later all that was committed since', async () => {
  await using at = await openReads()
  assert.equal(await count(at.reads.peek), 0)
  at.insert()
  assert.equal(await count(at.reads.peek), 0)
  await nextTurn()
  assert.equal(await count(at.reads.peek), 1)
})

test('a snapshot pins the log no longer than its turn', async () => {
  await using at = await openReads()
  await count(at.reads.peek)
  await nextTurn()
  at.insert()
  const checkpoint = at.writer.control('pragma wal_checkpoint(truncate)')
  assert.deepEqual({ ...checkpoint }, { busy: 0, log: 0, checkpointed: 0 })
})

test("a read waits for a flush of another connection's commit, once; a peek does not", async () => {
  await using at = await openReads()
  const first = count(at.reads.read)
  await nextTurn()
  assert.equal(at.flushes(), 1, 'whoever had the file before may have left commits that are not on the disk')
  at.endFlush()
  await first
  await nextTurn()

  at.insert()
  assert.equal(await count(at.reads.peek), 1)
  await nextTurn()
  let answered = false
  const read = count(at.reads.read).then(c => {
    answered = true
    return c
  })
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.deepEqual({ flushes: at.flushes(), answered }, { flushes: 2, answered: false })
  at.endFlush()
  assert.equal(await read, 1)
  await nextTurn()
  assert.equal(await count(at.reads.read), 1)
  assert.equal(at.flushes(), 2)
})

test("a commit of the units' own connection brings no flush besides its own", async () => {
  await using at = await openReads()
  await count(at.reads.peek)
  at.endFlush()
  await nextTurn()
  at.writer.run('insert into a default values', [])
  assert.equal(await count(at.reads.read), 1)
  assert.equal(at.flushes(), 1)
})

test('a read waits for a lock without stopping the loop, and gives up with StoreBusy', async () => {
  await using patient = await openReads({ busy: 3 })
  assert.equal(await count(patient.reads.peek), 0)
  await using refused = await openReads({ busy: Number.POSITIVE_INFINITY, patienceMs: 20 })
  await assert.rejects(count(refused.reads.peek), StoreBusy)
})

test('one who fails does not disturb those who share the snapshot', async () => {
  await using at = await openReads()
  const answers = await Promise.allSettled([
    at.reads.peek.get('select nothing from nowhere'),
    count(at.reads.peek),
    at.reads.peek.get('select $1', 1, 2),
    count(at.reads.peek),
  ])
  assert.deepEqual(
    answers.map(a => a.status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
})

test('closing answers the reads that were taken, and refuses those that come after', async () => {
  await using at = await openReads()
  const taken = count(at.reads.peek)
  const closed = at.reads.close()
  await assert.rejects(count(at.reads.peek), StoreClosed)
  assert.equal(await taken, 0)
  await closed
})

const remembering = (of?: string) => {
  let made = 0
  return {
    memory: createMemory<number>(100, key => key.length, of),
    make: (reader: Reader) => async (): Promise<number> => {
      made++
      return await count(reader)
    },
    made: () => made,
  }
}

test('what was made is recalled until somebody commits, another process or a unit', async () => {
  await using at = await openReads()
  const { memory, make, made } = remembering()
  const recall = (): Promise<number> => at.reads.peek.recall(memory, 'count', make(at.reads.peek))
  const commits = [() => at.insert(), () => at.writer.run('insert into a default values', [])]
  for (const [i, commit] of [...commits, ...commits].entries()) {
    for (let again = 0; again < 3; again++) {
      assert.equal(await recall(), i)
      await nextTurn()
    }
    assert.equal(made(), i + 1)
    commit()
  }
})

test('what was made of one table is recalled until that changes, or another process commits', async () => {
  await using at = await openReads()
  at.writer.run('create table b (id integer primary key)', [])
  at.writer.run('create table c (id integer primary key)', [])
  at.writer.run('create trigger t after insert on c begin insert into a (id) values (null); end', [])
  const insert = (table: string): number => at.writer.run(`insert into ${table} default values`, [])
  const { memory, make, made } = remembering('a')
  const recall = (): Promise<number> => at.reads.peek.recall(memory, 'count', make(at.reads.peek))
  const changes = [() => insert('a'), () => insert('c'), () => at.insert()]
  await recall()
  // Changes from before it was first asked for are not known, so the first commit counts, whatever it is.
  insert('b')
  await nextTurn()
  for (const [i, change] of [...changes, ...changes].entries()) {
    for (let again = 0; again < 3; again++) {
      assert.equal(await recall(), i)
      insert('b')
      await nextTurn()
    }
    assert.equal(made(), i + 2)
    change()
  }
})

test('a change from before a table was first asked for is not missed', async () => {
  await using at = await openReads()
  const { memory, make, made } = remembering('a')
  const { peek } = at.reads
  // In the snapshot of `count` a row is changed, and then what is made in it is remembered.
  await count(peek)
  const first = peek.recall(memory, 'count', make(peek))
  at.writer.run('insert into a default values', [])
  assert.equal(await first, 0)
  await nextTurn()
  assert.equal(await peek.recall(memory, 'count', make(peek)), 1)
  assert.equal(made(), 2)
})

test('what was made while somebody committed is not recalled', async () => {
  await using at = await openReads()
  const { memory, make, made } = remembering()
  const { peek } = at.reads
  const torn = peek.recall(memory, 'count', async () => {
    const first = await make(peek)()
    at.insert()
    await nextTurn()
    return first + (await count(peek))
  })
  assert.equal(await torn, 1)
  assert.equal(await peek.recall(memory, 'count', make(peek)), 1)
  assert.equal(made(), 2)
})

test('what is recalled waits for the flush that a read would wait for', async () => {
  await using at = await openReads()
  const { memory, make } = remembering()
  const { read, peek } = at.reads
  await peek.recall(memory, 'count', make(peek))
  await nextTurn()
  let answered = false
  const recalled = read.recall(memory, 'count', make(read)).then(() => {
    answered = true
  })
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  assert.equal(answered, false)
  at.endFlush()
  await recalled
})
