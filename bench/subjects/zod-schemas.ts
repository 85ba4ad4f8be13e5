import { z } from 'zod'

export const NewArticle = z.object({
  headline: z.string().min(1).max(200),
  body: z.string().max(10_000),
  link: z.url(),
  tags: z.array(z.string()).max(10),
  score: z.number().min(0),
  published_at: z.iso.datetime(),
})

export const Article = NewArticle.extend({ id: z.string() })

export const Page = z.object({ data: z.array(Article), next: z.string().nullable() })

export const Limit = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) })
