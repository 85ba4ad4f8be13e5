import * as z from 'zod'
import { InvalidValue } from '../contract/index.ts'

// What is repaired is asked for by time: all that happened since, and up to now unless an end is given.

export const spanFields = {
  since: z.iso.datetime().describe('From this time on'),
  until: z.iso.datetime().optional().describe('Up to this time. Default: now'),
}

/** A time in the past and a later one, both as rows have them. */
export interface Span {
  readonly since: string
  readonly until: string
}

/** @throws InvalidValue where it ends before it begins. */
export function spanOf(
  given: { readonly since: string; readonly until?: string | undefined },
  now: Date,
): Span {
  const since = new Date(given.since)
  const asked = given.until === undefined ? now : new Date(given.until)
  // What is still to come is not promised.
  const until = asked < now ? asked : now
  if (since > until)
    throw new InvalidValue('span', [
      { path: ['since'], message: 'Expected a time before `until`, and in the past' },
    ])
  return { since: since.toISOString(), until: until.toISOString() }
}
