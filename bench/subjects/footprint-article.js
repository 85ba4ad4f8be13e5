// The one that the package itself finds: where it is installed there is no second, as there is in this folder.
import * as z from '../../node_modules/zod/index.js'

export const Article = z.object({
  id: z.string(),
  headline: z.string().min(1).max(200),
  body: z.string().max(10_000),
  link: z.url(),
  tags: z.array(z.string()).max(10),
  score: z.number().min(0),
  published_at: z.iso.datetime(),
})

export const draft = {
  headline: 'Ferry line reopens',
  body: 'The first boat left at six with eleven passengers and a crate of oranges. '.repeat(5),
  link: 'https://newsroom.example/2026/11/ferry-line-reopens',
  tags: ['harbour'],
  score: 7.5,
  published_at: '2026-11-22T06:00:00.000Z',
}
