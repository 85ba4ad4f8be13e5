import { isoTime, sha256, type UnixMs } from '../base/index.ts'
import {
  createInsert,
  createSweep,
  type Dialect,
  type Reader,
  type TakePast,
  type Tx,
} from '../store/index.ts'

// The record of a key is written in the unit whose answer it keeps, so a retry finds either all of the first
// request's effects and its answer, or none of them (draft-ietf-httpapi-idempotency-key-header-08).

/** What a key's first request was, and what it was answered. */
export interface KeptAnswer {
  readonly fingerprint: string
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
}

/** Whether it is past its time is told here: a second time of day in each request would have to be written out for SQL. */
const FIND = `select fingerprint, status, headers, body, created_at from signalbox_idempotency
  where hash = $1 and account_id = $2 and key = $3 order by created_at desc limit 1`
const KEPT = createInsert('signalbox_idempotency', [
  ...['hash', 'account_id', 'key', 'fingerprint', 'status', 'headers', 'body', 'created_at'],
])

/** One account's use of one key. Its hash is what the index holds. */
export interface KeyUse {
  readonly account: string
  readonly key: string
  readonly hash: number
}

export const keyUse = (account: string, key: string): KeyUse => ({
  account,
  key,
  hash: hash48(`${account}\n${key}`),
})

/** @param since what was kept before it is past its time. */
export async function findAnswer(
  reader: Reader,
  use: KeyUse,
  since: UnixMs,
): Promise<KeptAnswer | undefined> {
  const row = await reader.get(FIND, use.hash, use.account, use.key)
  if (row === undefined || Date.parse(String(row['created_at'])) <= since) return undefined
  return {
    fingerprint: String(row['fingerprint']),
    status: Number(row['status']),
    headers: JSON.parse(String(row['headers'])) as KeptAnswer['headers'],
    body: typeof row['body'] === 'string' ? row['body'] : undefined,
  }
}

export function keepAnswer(tx: Tx, use: KeyUse, answer: KeptAnswer, now: UnixMs): void {
  const { fingerprint, status, headers, body } = answer
  const kept = JSON.stringify(headers)
  tx.add(KEPT, use.hash, use.account, use.key, fingerprint, status, kept, body ?? null, isoTime(now))
}

/** Takes away answers that were kept by a time (RFC 3339), in the order in which they were. */
export const createAnswerSweep = ({ rowName }: Dialect): TakePast =>
  createSweep({
    table: 'signalbox_idempotency',
    key: rowName,
    first: -1,
    past: 'created_at <= $2',
    most: 500,
  })

const hash48 = (text: string): number => Number.parseInt(sha256(text, 'hex').slice(0, 12), 16)
