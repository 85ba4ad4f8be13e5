import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askable, askedBy, namesAsked } from '../../src/webhooks/wildcard.ts'

const names = ['article.created', 'article.comment.added', 'articles.created', 'done']

test('a type is asked for by its name, by each beginning of it, and by the star', () => {
  assert.deepEqual(askedBy('article.comment.added'), [
    'article.comment.added',
    'article.*',
    'article.comment.*',
    '*',
  ])
  assert.deepEqual(askedBy('done'), ['done', '*'])
})

test('a wildcard covers whole words only, and every type once', () => {
  assert.deepEqual(namesAsked(['article.*'], names), ['article.created', 'article.comment.added'])
  assert.deepEqual(namesAsked(['article.comment.*', 'article.*', 'done'], names), [
    'article.created',
    'article.comment.added',
    'done',
  ])
  assert.deepEqual(namesAsked(['*', 'done'], names), names)
  assert.deepEqual(namesAsked(['art*', 'article', '*.created', 'done.*', ''], names), [])
})

test('what covers no type cannot be asked for', () => {
  const asked = askable(names)
  assert.ok(['*', 'article.*', 'article.comment.*', 'done'].every(each => asked.has(each)))
  assert.ok(!['done.*', 'article', 'art*', 'article.created.*', '**'].some(each => asked.has(each)))
})
