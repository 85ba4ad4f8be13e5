import type { UnixMs } from '../base/index.ts'
import { parseEntityTags } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/** The fields that make a request conditional (RFC 9110 §13.1), as they were sent. */
export interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
}

/** What tells one state of a resource from another. */
export interface Validators {
  /** Strong tags, each of which names the state as it is. */
  readonly tags: readonly string[]
  /** Undefined where no time of the last change is known: conditions on it are then ignored (RFC 9110 §13.1.3, §13.1.4). */
  readonly modified: UnixMs | undefined
}

/**
 * What the conditions make of a request, in the order of RFC 9110 §13.2.2.
 *
 * @param current undefined where there is no representation to compare with: no If-Match is met then.
 * @param isSafe whether what the caller has already need not be sent again; else it must not be overwritten.
 */
export function evaluate(
  { ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince }: Conditions,
  current: Validators | undefined,
  isSafe: boolean,
): 'proceed' | 'not-modified' | 'failed' {
  if (ifMatch !== undefined) {
    if (!isNamed(ifMatch, current, 'strongly')) return 'failed'
  } else if (isChangedSince(ifUnmodifiedSince, current) === true) return 'failed'
  if (ifNoneMatch !== undefined) {
    if (isNamed(ifNoneMatch, current, 'weakly')) return isSafe ? 'not-modified' : 'failed'
  } else if (isSafe && isChangedSince(ifModifiedSince, current) === false) return 'not-modified'
  return 'proceed'
}

/** If-Match compares strongly (RFC 9110 §13.1.1), If-None-Match weakly (§13.1.2). All tags of ours are strong. */
function isNamed(field: string, current: Validators | undefined, how: 'strongly' | 'weakly'): boolean {
  if (current === undefined) return false
  const named = parseEntityTags(field)
  return (
    named === '*' || named.some(({ weak, tag }) => (how === 'weakly' || !weak) && current.tags.includes(tag))
  )
}

/** Undefined where nobody can tell. A field's times are in seconds. */
function isChangedSince(field: string | undefined, current: Validators | undefined): boolean | undefined {
  const since = field === undefined ? undefined : parseHttpDate(field)
  const modified = current?.modified
  if (since === undefined || modified === undefined) return undefined
  return Math.floor(modified / 1000) * 1000 > since
}
