import * as z from 'zod'
import { api, endpoint, event, operation, type Rows, resource } from '../../src/contract/index.ts'

// A small api that has one of each, for tests of the journey.

const Book = z.object({
  id: z.string(),
  title: z.string().min(1).max(100),
  pages: z.int().min(1),
  price: z.number().default(0),
  lent: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  note: z.string().optional(),
  returned_at: z.iso.datetime().nullable().default(null),
})

export const books = resource('book', { path: '/books', schema: Book, owner: 'account_id' })
export const places = resource('place', {
  path: '/places',
  schema: z.object({ id: z.string(), name: z.string() }),
  owner: 'shared',
  prefix: 'plc',
  methods: ['list', 'get', 'create'],
  open: ['list', 'get'],
})
const bookLent = event('book.lent', z.object({ id: z.string(), to: z.string() }))

const lendBook = endpoint({
  method: 'POST',
  path: '/books/{id}/lend',
  input: z.object({ to: z.string().min(1) }),
  output: Book,
  problems: { 'not-found': 404, 'already-lent': 409 },
  emits: [bookLent],
  handle: async ({ params, input, on, emit, fail }) => {
    const book = (await on(books).get(params.id)) ?? fail('not-found')
    const lent = await on(books).patch(book.id, { lent: true })
    emit(bookLent, { id: book.id, to: input.to })
    // After the change: what was done must be undone.
    if (book.lent) throw fail('already-lent', 'It is out.')
    return lent
  },
})

const waitInUnit = endpoint({
  method: 'POST',
  path: '/faults/foreign-await',
  handle: async ({ on }) => {
    await on(books).create({ title: 'never', pages: 1 })
    await new Promise(resolve => setTimeout(resolve, 5))
  },
})

const breakSchema = endpoint({
  method: 'POST',
  path: '/faults/answer',
  output: z.object({ n: z.number() }),
  handle: async ({ on }) => {
    await on(books).create({ title: 'never', pages: 1 })
    return { n: 'a secret' as unknown as number }
  },
})

const writeInGet = endpoint({
  method: 'GET',
  path: '/faults/write-in-get',
  handle: async ({ on }) => {
    // As from a program without types.
    await (on(books) as Rows<object, object>).create({ title: 'never', pages: 1 })
  },
})

const search = endpoint({
  method: 'GET',
  path: '/search',
  input: z.object({
    q: z.string().min(2),
    limit: z.int().max(50).default(10),
    tag: z.array(z.string()).optional(),
  }),
  output: z.object({ q: z.string(), limit: z.int(), tags: z.array(z.string()) }),
  handle: ({ input }) => ({ q: input.q, limit: input.limit, tags: input.tag ?? [] }),
})

let prepared = 0
const prepares = endpoint({
  method: 'POST',
  path: '/prepares',
  output: z.object({ prepared: z.int(), title: z.string() }),
  prepare: async () => {
    await new Promise(resolve => setTimeout(resolve, 1))
    return ++prepared
  },
  handle: async ({ on, prepared }) => {
    const { title } = await on(books).create({ title: 'prepared', pages: prepared })
    return { prepared, title }
  },
})

export const bind = operation('bind', {
  path: '/bindings',
  input: z.object({ titles: z.array(z.string()).min(1), fail_at: z.int().optional() }),
  output: z.object({ books: z.array(z.string()) }),
  problems: { 'no-glue': 409 },
  memory: z.array(z.string()),
  run: async ({ input, remembered = [], step, fail }) => {
    let made = remembered
    for (const title of input.titles.slice(made.length)) {
      if (made.length === input.fail_at) throw fail('no-glue', 'The pot is empty.')
      made = await step(async ({ on, remember, progress }) => {
        const { id } = await on(books).create({ title, pages: 1 })
        const next = [...made, id]
        remember(next)
        progress({ done: next.length, total: input.titles.length })
        return next
      })
    }
    return { books: made }
  },
})

export const library = api({
  title: 'Library',
  version: '1',
  base: '/v1',
  resources: [books, places],
  operations: [bind],
  endpoints: { lendBook, waitInUnit, breakSchema, writeInGet, search, prepares },
})
