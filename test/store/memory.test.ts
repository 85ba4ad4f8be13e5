import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemory } from '../../src/store/memory.ts'

test('a memory is of one state', () => {
  const memory = createMemory<string>(10, (_, text) => text.length)
  const [first, second] = [{}, {}]
  memory.keep(first, 'a', 'x')
  assert.equal(memory.find(first, 'a'), 'x')
  assert.equal(memory.find(second, 'a'), undefined)
  memory.keep(second, 'b', 'y')
  assert.equal(memory.find(first, 'a'), undefined)
  assert.equal(memory.find(second, 'a'), undefined)
  assert.equal(memory.find(second, 'b'), 'y')
})

test('a memory never holds more than its limit, and what is larger not at all', () => {
  const memory = createMemory<string>(10, (_, text) => text.length)
  const state = {}
  const held = (keys: string) =>
    keys
      .split('')
      .filter(key => memory.find(state, key) !== undefined)
      .join('')
  memory.keep(state, 'a', 'xxxx')
  memory.keep(state, 'b', 'xxxx')
  assert.equal(held('ab'), 'ab')
  memory.keep(state, 'c', 'xxxx')
  assert.equal(held('abc'), 'c')
  memory.keep(state, 'd', 'x'.repeat(11))
  assert.equal(memory.find(state, 'd'), undefined)
  memory.keep(state, 'e', 'xxxx')
  assert.equal(held('cde'), 'e')
})
