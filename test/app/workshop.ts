import * as z from 'zod'
import { api, endpoint, operation, resource, schedule, task } from '../../src/contract/index.ts'

// What works outside of requests, for tests that end it in every way. It tells what it does on standard output.

const say = (line: string): void => void process.stdout.write(`${line}\n`)

export const notes = resource('note', {
  path: '/notes',
  schema: z.object({ id: z.string(), text: z.string() }),
  owner: 'account_id',
})

const ticks = resource('tick', {
  path: '/ticks',
  schema: z.object({ id: z.string(), at: z.string() }),
  owner: 'shared',
  methods: ['list'],
  open: ['list'],
})

/** Does one step, then holds until its signal is aborted, and tries one more. */
const hold = operation('hold', {
  path: '/holds',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: async ({ input, step, signal }) => {
    await step(({ on, progress }) => {
      progress({ done: 1, total: 2 })
      return on(notes).create({ text: input.text })
    })
    say('holding')
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
    say('aborted')
    await step(({ on }) => on(notes).create({ text: 'too late' })).catch(() => say('refused'))
    signal.throwIfAborted()
    return { text: 'too late' }
  },
})

export const write = task('write', {
  input: z.object({ text: z.string() }),
  run: async ({ input, step }) => {
    await step(({ on }) => on(notes).create(input))
    say(`wrote ${input.text}`)
  },
})

const tick = task('tick', {
  input: z.object({ at: z.iso.datetime() }),
  run: async ({ input, step }) => void (await step(({ on }) => on(ticks).create(input))),
})

const everyMinute = schedule('every_minute', {
  cron: '* * * * *',
  timezone: 'Europe/Berlin',
  task: tick,
  input: at => ({ at: at.toISOString() }),
})

const putOff = endpoint({
  method: 'POST',
  path: '/writings',
  input: z.object({ text: z.string(), undo: z.boolean().default(false) }),
  problems: { undone: 409 },
  handle: async ({ input, later, fail }) => {
    await later(write, { text: input.text })
    if (input.undo) fail('undone')
  },
})

export const workshop = api({
  title: 'Workshop',
  version: '1',
  resources: [notes, ticks],
  endpoints: { putOff },
  operations: [hold],
  tasks: [write],
  schedules: [everyMinute],
})
