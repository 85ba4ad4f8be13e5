import type { Seal } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import { sealedAlso } from './resealing.ts'

// What is never shown again of a webhook lies in one column, apart from what is shown: it is written and read here alone.

/** What is never shown again, beside the secret that signs. */
export interface Hidden {
  /** The values of secret header fields, by name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** The password, the token or the client's secret; null where there is no authorization. */
  readonly authorization: string | null
}

export const NOTHING_HIDDEN: Hidden = { headers: new Map(), authorization: null }

const READ = 'select hidden from signalbox_webhooks where id = $1'
const WRITE = `update signalbox_webhooks set hidden = $2, sealed_by = ${sealedAlso('$3')} where id = $1`

interface Kept {
  readonly headers: readonly [name: string, value: string][]
  readonly authorization: string | null
}

/** @param column of a row of webhooks: `hidden`, as it is stored. */
export function openHidden(column: unknown, seal: Seal): Hidden {
  if (typeof column !== 'string') return NOTHING_HIDDEN
  const { headers, authorization } = JSON.parse(seal.open(column)) as Kept
  return { headers: new Map(headers), authorization }
}

export async function readHidden(sql: Pick<Sql, 'get'>, seal: Seal, webhook: string): Promise<Hidden> {
  return openHidden((await sql.get(READ, webhook))?.['hidden'], seal)
}

export async function keepHidden(
  sql: Pick<Sql, 'run'>,
  seal: Seal,
  webhook: string,
  { headers, authorization }: Hidden,
): Promise<void> {
  const kept: Kept = { headers: [...headers], authorization }
  const isNothing = headers.size === 0 && authorization === null
  await sql.run(WRITE, webhook, isNothing ? null : seal.close(JSON.stringify(kept)), seal.keyId)
}
