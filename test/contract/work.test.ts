import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, DefinitionError, endpoint, operation, schedule, task } from '../../src/contract/index.ts'

const input = z.object({ to: z.string() })
const send = task('send', { input, run: async () => undefined })

function refused(define: () => unknown, ...words: string[]): void {
  assert.throws(define, (error: unknown) => {
    assert.ok(error instanceof DefinitionError)
    for (const word of words) assert.ok(error.message.includes(word), `${word} in: ${error.message}`)
    return true
  })
}

test('a schedule that tells no times is refused, by its name', () => {
  const make =
    (cron: string, timezone = 'UTC') =>
    () =>
      schedule('nightly', { cron, timezone, task: send, input: () => ({ to: 'x' }) })
  refused(make('0 3 * *'), "schedule 'nightly'", 'five fields')
  refused(make('61 * * * *'), 'minute')
  refused(make('* * * * * *'), '5')
  refused(make('0 0 30 2 *'), 'never comes')
  refused(make('0 3 * * *', 'Europe/Atlantis'), 'Europe/Atlantis')
})

test('a retry that cannot be planned is refused', () => {
  const make = (retry: object) => () => task('send', { input, retry, run: async () => undefined })
  refused(make({ attempts: 0 }), "task 'send'", '1 to 1000')
  refused(make({ wait: '3 weeks' }), "'3 weeks'", '10 seconds')
  refused(make({ longestWait: '2 days' }), "'2 days'")
})

test('names of operations and tasks are plain words, and no two are the same', () => {
  refused(() => task("send'sms", { input, run: async () => undefined }), 'lower case')
  const twin = operation('send', {
    path: '/sends',
    input,
    output: input,
    run: async ({ input: same }) => same,
  })
  refused(() => api({ title: 'A', version: '1', operations: [twin], tasks: [send] }), "'send'", 'Rename')
})

test('an event of your own cannot have the name of an end of an operation', () => {
  const make = operation('make', {
    path: '/makes',
    input,
    output: input,
    run: async ({ input: same }) => same,
  })
  const other = operation('make', {
    path: '/others',
    input,
    output: input,
    run: async ({ input: same }) => same,
  })
  refused(
    () => api({ title: 'A', version: '1', operations: [make], events: [other.events.failed] }),
    'make.failed',
  )
})

test('the tasks of schedules belong to the api by themselves', () => {
  const nightly = schedule('nightly', { cron: '0 3 * * *', task: send, input: () => ({ to: 'x' }) })
  assert.deepEqual(api({ title: 'A', version: '1', schedules: [nightly] }).tasks, [send])
})

test('what is put off is what its task takes', () => {
  endpoint({
    method: 'POST',
    path: '/a',
    handle: async ({ later, emit }) => {
      await later(send, { to: 'somebody' })
      // @ts-expect-error: it takes a text
      void (() => later(send, { to: 1 }))
      // @ts-expect-error: nothing is declared in `emits`
      void (() => emit(send, {}))
    },
  })
  task('typed', {
    input,
    memory: z.object({ sent: z.boolean() }),
    run: async ({ input: { to }, account, remembered }) => {
      const kinds: [string, string | undefined, boolean | undefined] = [to, account, remembered?.sent]
      void kinds
    },
  })
  // @ts-expect-error: the input of a schedule is that of its task
  schedule('nightly', { cron: '0 3 * * *', task: send, input: () => ({}) })
})
