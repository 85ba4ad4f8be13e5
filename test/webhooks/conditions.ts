import * as z from 'zod'
import { type EventType, event } from '../../src/contract/index.ts'
import {
  type Condition,
  type ConditionEvent,
  type ConditionFault,
  compileCondition,
} from '../../src/webhooks/condition/condition.ts'

const Article = z.object({
  id: z.string(),
  headline: z.string(),
  score: z.number(),
  count: z.int(),
  status: z.enum(['draft', 'published']),
  author: z.object({ name: z.string() }).nullable(),
  tags: z.array(z.string()),
  counts: z.record(z.string(), z.int()),
  published_at: z.iso.datetime().nullable(),
  note: z.string().optional(),
  any: z.unknown(),
})

export const articleTypes = ['article.created', 'article.updated', 'article.deleted'].map(name =>
  event(name, Article),
)

export const before = {
  id: 'art_1',
  headline: 'Zoë',
  score: 9,
  count: 6,
  status: 'draft',
  author: null,
  tags: [],
  counts: {},
  published_at: null,
  any: null,
}
export const data = {
  ...before,
  headline: 'Breaking: Zoë 🎉',
  score: 12.5,
  count: 7,
  tags: ['sport', 'harbour'],
  counts: { 'a-b': 3 },
  published_at: '2026-11-23T07:30:00Z',
  any: { deep: [1, { x: 'y' }] },
}

export const updated: ConditionEvent = {
  type: 'article.updated',
  at: '2026-11-23T09:00:00.000Z',
  data,
  before,
}
export const created: ConditionEvent = { ...updated, type: 'article.created', before: undefined }
export const deleted: ConditionEvent = { ...updated, type: 'article.deleted', data: undefined }

/** A condition for the events of articles. */
export function compile(source: string): { readonly condition: Condition } {
  const compiled = compileCondition(source, articleTypes)
  if ('condition' in compiled) return compiled
  throw new Error(`${source}: ${compiled.faults.map(fault => fault.message).join('; ')}`)
}

export const met = (source: string, of: ConditionEvent): boolean => compile(source).condition.met(of)

export function faultsOf(
  source: string,
  types: readonly EventType[] = articleTypes,
): readonly ConditionFault[] {
  const compiled = compileCondition(source, types)
  return 'faults' in compiled ? compiled.faults : []
}
