import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { startFixture } from '../app/fixture.ts'

test('articles are found by all words in any case, and by one of the tags, in the own account only', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  const link = 'https://example.com/'
  for (const [headline, text, tags] of [
    ['The night ferry is back', 'With its piano.', ['ferries']],
    ['A ferry strike', 'By day, and 100% by night.', ['work', 'ferries']],
    ['Rain', 'It rained all night.', ['weather']],
  ] as const) {
    await send('POST', '/v1/articles', { headline, link, text, tags })
  }
  const search = async (asked: object, by = send): Promise<string[]> => {
    const { status, body } = await by('QUERY', '/v1/articles', asked)
    assert.equal(status, 200)
    return body.articles.map((article: { headline: string }) => article.headline)
  }
  assert.deepEqual(await search({ words: ['NIGHT', 'ferry'] }), ['A ferry strike', 'The night ferry is back'])
  assert.deepEqual(await search({ words: ['night'], tags: ['weather', 'work'] }), ['Rain', 'A ferry strike'])
  assert.deepEqual(await search({ words: ['night'], limit: 1 }), ['Rain'])
  // Nothing in a word means more than itself.
  assert.deepEqual(await search({ words: ['0% b'] }), ['A ferry strike'])
  assert.deepEqual(await search({ words: ['n_ght'] }), [])
  assert.deepEqual(await search({ words: ['night'] }, await fixture.another()), [])
})
