import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../e2e/client.ts'
import { ARTICLES, needsShell, row, startWatched } from './watched.ts'

const skip = needsShell()

const remakings = {
  'copied and dropped': `create table next as select * from articles; drop table articles; ${ARTICLES}
    insert into articles select * from next; drop table next;`,
  // Its triggers stay with it.
  'renamed and kept': `alter table articles rename to earlier; ${ARTICLES}
    insert into articles select * from earlier;`,
}

for (const [how, sql] of Object.entries(remakings)) {
  test(`a table that is made anew (${how}) is watched again within seconds, and that is reported`, {
    skip,
  }, async () => {
    await using w = await startWatched()
    const { account, faults } = w.fixture
    await w.shell(row('a', account))
    await w.events(1)
    await w.shell(`begin; ${sql} commit;`)
    await until(
      async () => faults.length,
      count => count > 0,
      'the report',
    )
    assert.match(String(faults[0]), /the table 'articles' was made anew by another program/)
    if (how.startsWith('renamed')) await w.shell('update earlier set score = 2')
    await w.shell('update articles set score = 3')
    const event = (await w.events(2)).at(-1)
    assert.deepEqual([event?.type, event?.before.score, event?.data.score], ['article.updated', 0, 3])
    // The next look finds nothing to mend.
    await new Promise(resolve => setTimeout(resolve, 1_200))
    assert.equal(faults.length, 1)
  })
}

test('a table that no longer fits is reported once, and its writers go on', { skip }, async () => {
  await using w = await startWatched()
  const { faults } = w.fixture
  await w.shell('drop table articles; create table articles (id text primary key, account_id text)')
  await until(
    async () => faults.length,
    count => count > 0,
    'the report',
  )
  assert.match(String(faults[0]), /there is no column 'title'/)
  await w.shell("insert into articles values ('a', 'b')")
  // The next looks find the same, and say nothing.
  await w.shell('drop table articles')
  await w.shell(ARTICLES)
  await until(
    async () => faults.length,
    count => count > 1,
    'the report',
  )
  assert.match(String(faults[1]), /made anew/)
  assert.equal(faults.length, 2)
})
