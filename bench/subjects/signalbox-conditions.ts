import * as z from 'zod'
import { event as eventType } from '../../src/contract/index.ts'
import { compileCondition } from '../../src/webhooks/condition/condition.ts'
import { conditions, evaluateConditions, event } from './conditions.ts'

const Article = z.object({
  id: z.string(),
  headline: z.string(),
  section: z.string(),
  status: z.enum(['draft', 'published']),
  score: z.number(),
  words: z.int(),
  author: z.object({ id: z.string(), name: z.string() }),
  tags: z.array(z.string()),
  published_at: z.iso.datetime(),
  note: z.string().optional(),
})
const types = [eventType('article.updated', Article)]

const compiled = conditions.map(({ cel }) => {
  const result = compileCondition(cel, types)
  if ('faults' in result) throw new Error(`${cel}: ${result.faults[0]?.message}`)
  return result.condition
})
evaluateConditions(compiled, condition => condition.met(event))
