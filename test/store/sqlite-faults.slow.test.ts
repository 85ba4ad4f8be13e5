import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { type Store, StoreBusy, StoreFull } from '../../src/store/index.ts'
import { line, startChild } from './child.ts'
import { type TempStore, tempFolder, tempStore } from './temp.ts'

/** Skips where a program is missing; in CI that is a failure, so that the rule cannot go unnoticed. */
function needs(program: string): string | false {
  const missing = spawnSync(program, ['--version']).error !== undefined
  return missing && process.env['CI'] !== 'true' && `${program} is not installed`
}

async function withTable(temp: TempStore): Promise<TempStore> {
  await temp.store.unit(tx => tx.run('create table a (id integer primary key, filler text)'))
  return temp
}
const insert = (store: Store, id: number): Promise<number> =>
  store.unit(tx => tx.run('insert into a (id) values ($1)', id))

const count = async (store: Store): Promise<unknown> =>
  (await store.read.get('select count(*) as c from a'))?.['c']

/** The longest time in which the event loop took no turn, in milliseconds. */
function watchLoop(): () => number {
  let worst = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    worst = Math.max(worst, now - last)
    last = now
  }, 1)
  return () => {
    clearInterval(timer)
    return worst
  }
}

test('fault 1: after ten SIGKILLs nothing acknowledged is lost, and no unit is half there', async t => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  const acknowledged = new Set<number>()
  let next = 0
  for (let round = 0; round < 10; round++) {
    const child = startChild('writer', [file, '32', String(next)])
    const enough = 20 + Math.floor(Math.random() * 400)
    for (let i = 0; i < enough; i++) acknowledged.add(Number(await line(child)))
    child.process.kill('SIGKILL')
    for await (const more of child.lines) acknowledged.add(Number(more))
    await child.ended
    next = Math.max(...acknowledged) + 10_000
  }
  const db = new DatabaseSync(file)
  const idsOf = (table: string): number[] =>
    db
      .prepare(`select id from ${table} order by id`)
      .all()
      .map(row => Number(row['id']))
  const stored = idsOf('a')
  assert.deepEqual(idsOf('b'), stored)
  const kept = new Set(stored)
  assert.deepEqual(
    [...acknowledged].filter(id => !kept.has(id)),
    [],
  )
  assert.equal(db.prepare('pragma integrity_check').get()?.['integrity_check'], 'ok')
  db.close()
  t.diagnostic(`${acknowledged.size} acknowledged, ${stored.length} stored`)
})

test('fault 5: the log is synced before anybody hears of a commit, whoever made it', {
  skip: needs('strace'),
}, async () => {
  await using folder = await tempFolder()
  const trace = join(folder.path, 'trace')
  const child = startChild(
    'acknowledge',
    [join(folder.path, 'test.db')],
    ['strace', '-f', '-y', '-e', 'trace=write,pwrite64,fdatasync', '-o', trace],
  )
  assert.equal(await child.ended, 0)
  const { acknowledged, early } = followTrace(readFileSync(trace, 'utf8'))
  assert.equal(acknowledged, 30)
  assert.deepEqual(early, [])
})

/** Acknowledgements in a trace, and those among them that came before the log was synced. */
function followTrace(trace: string): { acknowledged: number; early: string[] } {
  let state: 'written' | 'syncing' | 'synced' = 'synced'
  let acknowledged = 0
  const early: string[] = []
  for (const call of trace.split('\n')) {
    if (/ pwrite64\(\d+<[^>]*-wal>/.test(call)) state = 'written'
    else if (/ fdatasync\(\d+<[^>]*-wal>/.test(call) && state === 'written') state = 'syncing'
    if (state === 'syncing' && /fdatasync.*= 0$/.test(call)) state = 'synced'
    if (/ write\(1<[^>]*>, "ack/.test(call)) {
      acknowledged++
      if (state !== 'synced') early.push(call)
    }
  }
  return { acknowledged, early }
}

test('fault 5: the trace is read right: an early acknowledgement is found', () => {
  const written = '7 pwrite64(18</t/test.db-wal>, "x", 1, 0) = 1'
  const synced = '8 fdatasync(19</t/test.db-wal>) = 0'
  const ack = '7 write(1</t/out>, "ack unit\\n", 9) = 9'
  const begun = '8 fdatasync(19</t/test.db-wal> <unfinished ...>'
  const resumed = '8 <... fdatasync resumed>) = 0'
  const early = (...calls: string[]): number => followTrace(calls.join('\n')).early.length
  assert.equal(early(written, synced, ack), 0)
  assert.equal(early(written, begun, resumed, ack), 0)
  assert.equal(early(written, ack), 1)
  assert.equal(early(written, begun, ack, resumed), 1)
  assert.equal(early(written, begun, written, resumed, ack), 1)
})

test('fault 6: a full database refuses units whole, can be read, and recovers by itself', async () => {
  await using temp = await withTable(await tempStore())
  const { store, file } = temp
  const pages = (max: number): Promise<unknown> => store.unit(tx => tx.get(`pragma max_page_count = ${max}`))
  await pages(200)
  const acknowledged: number[] = []
  const refusals: unknown[] = []
  for (let round = 0; round < 10; round++) {
    const units = Array.from({ length: 40 }, async (_, i) => {
      const id = (round * 40 + i) * 2
      try {
        await store.unit(async tx => {
          await tx.run('insert into a (id, filler) values ($1, null)', id)
          // Making light of the failure must not keep the half that worked.
          await tx
            .run('insert into a (id, filler) values ($1, $2)', id + 1, 'x'.repeat(3_000))
            .catch((error: unknown) => {
              if (i % 2 === 0) throw error
            })
        })
        acknowledged.push(id)
      } catch (error) {
        refusals.push(error)
      }
    })
    await Promise.all(units)
  }
  assert.ok(refusals.length > 0 && acknowledged.length > 40)
  assert.deepEqual(
    refusals.filter(error => !(error instanceof StoreFull)),
    [],
  )
  assert.equal(typeof (await count(store)), 'number')
  await pages(100_000)
  await insert(store, 1_000_000)

  const firsts = await store.read.all('select id from a where id % 2 = 0 and id < 1000000 order by id')
  assert.deepEqual(
    firsts.map(row => row['id']),
    acknowledged.toSorted((x, y) => x - y),
  )
  await store.close()
  const db = new DatabaseSync(file)
  assert.equal(db.prepare('pragma integrity_check').get()?.['integrity_check'], 'ok')
  db.close()
})

test('fault 6: when the log itself cannot grow, units are refused whole until it can', {
  skip: needs('prlimit'),
}, async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  const child = startChild('fill', [file], ['prlimit', '--fsize=3000000:unlimited'])
  const full = JSON.parse(await line(child))
  assert.deepEqual(full.refusals, ['StoreFull'])
  assert.ok(full.acknowledged.length > 100)
  assert.deepEqual(full.read, full.acknowledged)

  execFileSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited:unlimited'])
  child.process.stdin.write('more\n')
  const after = JSON.parse(await line(child))
  assert.deepEqual(after.refusals, ['StoreFull'])
  assert.equal(await child.ended, 0)

  const db = new DatabaseSync(file)
  const stored = db.prepare('select a.id from a join b on a.id = b.id order by a.id').all()
  assert.deepEqual(
    stored.map(row => row['id']),
    after.acknowledged,
  )
  assert.equal(db.prepare('pragma integrity_check').get()?.['integrity_check'], 'ok')
  db.close()
})

type Lock = (file: string) => Promise<() => void>
const locks: { readonly [who: string]: Lock } = {
  'another process': async file => {
    const child = startChild('lock', [file])
    assert.equal(await line(child), 'locked')
    return () => child.process.stdin.write('free\n')
  },
  'another connection of this process': async file => {
    const db = new DatabaseSync(file)
    db.exec('begin immediate')
    return () => db.close()
  },
}
for (const [who, lock] of Object.entries(locks)) {
  test(`fault 7: while ${who} has the lock for a second, the loop goes on and no unit is lost`, async () => {
    await using temp = await withTable(await tempStore())
    const free = await lock(temp.file)
    const worst = watchLoop()
    const units = Array.from({ length: 50 }, (_, i) => insert(temp.store, i))
    assert.equal(await count(temp.store), 0)
    setTimeout(free, 1_000)
    await Promise.all(units)
    const stall = worst()
    assert.equal(await count(temp.store), 50)
    // Who waits for the lock within the loop stands for all of it; a busy machine for less.
    assert.ok(stall < 700, `the event loop stood for ${stall} ms`)
  })

  test(`fault 7: when ${who} has the lock for too long, units reject with StoreBusy, then all is well`, async () => {
    await using temp = await withTable(await tempStore({ patienceMs: 100 }))
    const free = await lock(temp.file)
    const begun = performance.now()
    await Promise.all(Array.from({ length: 5 }, (_, i) => assert.rejects(insert(temp.store, i), StoreBusy)))
    assert.ok(performance.now() - begun >= 100)
    assert.equal(await count(temp.store), 0)
    setTimeout(free, 30)
    await insert(temp.store, 7)
    assert.equal(await count(temp.store), 1)
  })
}
