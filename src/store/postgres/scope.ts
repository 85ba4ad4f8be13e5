import { createHash } from 'node:crypto'
import type { Value } from '../port.ts'

interface Lock {
  readonly text: string
  readonly values: readonly Value[]
}

/** Of advisory locks by two numbers, the first is ours: the letters `sbox`. */
const OURS = 0x73626f78
/** What units without a scope have alone, and all others share. */
const ALL = 0

const ALONE: Lock = { text: 'select pg_advisory_xact_lock($1, $2)', values: [OURS, ALL] }
const BESIDE = 'select pg_advisory_xact_lock_shared($1, $2), pg_advisory_xact_lock($1, $3)'

/**
 * Until the transaction ends, rows are found by indexes. A plan is made when a statement is first prepared and kept for as long as nobody
 * has counted the rows: one that reads a whole table, which is right while that is small, is kept while it grows.
 */
const BY_INDEX = ['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']
  .map(setting => `, set_config('${setting}', 'off', true)`)
  .join('')

/**
 * What a transaction locks first, so that units of its scope run one after another.
 * Scopes whose hashes are alike share a lock: they wait for each other, and nothing else comes of it.
 *
 * @param scope empty: beside no other.
 * @param keyed whether its statements find rows by indexes alone.
 */
export function lockOf(scope: string, keyed = false): Lock {
  const { text, values } = scope === '' ? ALONE : { text: BESIDE, values: [OURS, ALL, hashOf(scope)] }
  return { text: keyed ? text + BY_INDEX : text, values }
}

/**
 * One after the other, so that two processes that lock some of the same do not wait for each other: each step is made of the one
 * before it, which no plan can change.
 */
const SEVERAL = `with recursive locked (n, done) as (
    select 0, pg_advisory_xact_lock_shared($1, $2)::text
    union all select n + 1, pg_advisory_xact_lock($1, ($3::int[])[n + 1])::text from locked where n < cardinality($3::int[])
  ) select count(done) from locked`

/** As `lockOf`, of several scopes at once. */
export function lockOfSeveral(scopes: readonly string[]): Lock {
  const hashes = [...new Set(scopes.map(hashOf))].toSorted((a, b) => a - b)
  return { text: SEVERAL, values: [OURS, ALL, `{${hashes.join(',')}}`] }
}

/** 31 bits, none of which is `ALL`. */
const hashOf = (scope: string): number =>
  (createHash('sha256').update(scope).digest().readUInt32BE() >>> 1) | 1
