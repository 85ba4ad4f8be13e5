import * as z from 'zod'
import { api, endpoint, event, operation, resource } from '../../../src/contract/index.ts'

// What the soak writes: in a unit with an event of its own, by an operation, and in the application's own transaction.

const Entry = z.object({ id: z.string(), name: z.string() })

const entries = resource('entry', { path: '/entries', schema: Entry, owner: 'account_id' })

const entryBooked = event('entry.booked', z.object({ name: z.string() }))
export const orderPaid = event('order.paid', z.object({ name: z.string() }))

const book = endpoint({
  method: 'POST',
  path: '/bookings',
  input: z.object({ name: z.string() }),
  output: Entry,
  status: 201,
  emits: [entryBooked],
  handle: async ({ input, on, emit }) => {
    emit(entryBooked, { name: input.name })
    return await on(entries).create({ name: input.name })
  },
})

const post = operation('post', {
  path: '/postings',
  input: z.object({ name: z.string() }),
  output: z.object({ id: z.string() }),
  memory: z.string(),
  run: async ({ input, remembered, step }) => {
    const id =
      remembered ??
      (await step(async ({ on, remember }) => {
        const made = await on(entries).create({ name: input.name })
        remember(made.id)
        return made.id
      }))
    return { id }
  },
})

/** What the webhooks of the soak are for. */
export const EVENTS = ['entry.created', entryBooked.name, orderPaid.name, 'post.succeeded', 'post.failed']

export const ledger = api({
  title: 'Ledger',
  version: '1',
  base: '/v1',
  resources: [entries],
  endpoints: { book },
  operations: [post],
  events: [orderPaid],
})

/** A table of the application's own. */
export const ORDERS = 'create table if not exists orders (name text primary key)'
