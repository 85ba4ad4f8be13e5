import * as z from 'zod'
import type { Pace } from './lane-plan.ts'

const PER_MS = { second: 1_000, minute: 60_000 } as const

/** How often a webhook may be called, as its owner says it. */
export const Rate = z
  .object({ attempts: z.int().min(1).max(10_000), per: z.enum(['second', 'minute']) })
  .describe(
    'How many attempts may begin in a second or a minute, evenly. Null: as many as its concurrency lets',
  )

/** @param rate as it is stored. */
export function paceOf(rate: unknown): Pace | null {
  if (typeof rate !== 'string') return null
  const { attempts, per } = JSON.parse(rate) as z.output<typeof Rate>
  return { attempts, perMs: PER_MS[per] }
}
