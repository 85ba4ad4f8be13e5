import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { type EventType, event, wireOf } from '../../src/contract/index.ts'
import { compileCondition } from '../../src/webhooks/condition/condition.ts'
import { examplesFor } from '../../web/src/condition-examples.ts'

const Book = z.object({
  id: z.string(),
  title: z.string(),
  pages: z.int(),
  state: z.enum(['in', 'out']),
  tags: z.array(z.string()),
  isOld: z.boolean(),
  lent_to: z.string().nullable(),
  returned_at: z.iso.datetime(),
  if: z.number(),
})
const typesOf = (...names: string[]) => names.map(name => event(name, Book))
const shown = (types: readonly EventType[]) =>
  types.map(({ name, schema }) => ({
    name,
    schema: wireOf(schema, 'output', name).jsonSchema,
  }))

test('the portal shows conditions over the fields of the chosen events, each of which can be saved', () => {
  for (const types of [
    typesOf('book.created'),
    typesOf('book.updated'),
    typesOf('book.created', 'book.updated'),
  ]) {
    const examples = examplesFor(shown(types))
    assert.equal(examples.length, 4)
    for (const example of examples) {
      assert.ok('condition' in compileCondition(example, types), example)
    }
  }
  assert.equal(examplesFor(shown(typesOf('book.updated')))[0], 'data.pages > 10 && before.pages <= 10')
})

test('events that have nothing in common, or no data, have no example', () => {
  const other = event('author.created', z.object({ id: z.string(), name: z.string() }))
  assert.deepEqual(examplesFor(shown([...typesOf('book.created'), other])), [])
  assert.deepEqual(examplesFor(shown(typesOf('book.updated', 'book.deleted'))), [])
  assert.deepEqual(examplesFor([]), [])
})
