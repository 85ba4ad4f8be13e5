import { isoTime, type Seal, type UnixMs } from '../base/index.ts'
import { type PastTime, type Row, type Store, takeAway, type Value } from '../store/index.ts'

// A row of webhooks tells the ids of the keys that sealed its secrets, parted by spaces; there is none where they are stored as they
// are. While a key is replaced, processes seal by either. An index over those texts finds rows with something that another key
// sealed without reading the others.

/** What a row tells once the key of the id `$n` has sealed something in it, as SQL. */
export const sealedAlso = (n: string): string =>
  `case when sealed_by = ${n} then sealed_by else sealed_by || ' ' || ${n} end`

/** Few enough not to hold up the units of requests. */
const BATCH = 100

const OTHERS = ['sealed_by < $1', 'sealed_by > $1']
const SECRETS = ['secret', 'previous_secret', 'hidden']
const READ = OTHERS.map(
  others => `select id, ${SECRETS.join(', ')} from signalbox_webhooks where ${others} limit ${BATCH}`,
)
const WRITE = `update signalbox_webhooks set sealed_by = $2, ${SECRETS.map((name, i) => `${name} = $${i + 3}`).join(', ')}
  where id = $1`
const NEXT_KEY = 'select min(sealed_by) as id from signalbox_webhooks where sealed_by > $1'

/**
 * Called before anything is at work: a secret that cannot be opened would be found out one delivery at a time.
 *
 * @throws Error where something was sealed by a key that is not there.
 */
export async function checkSeals({ read }: Pick<Store, 'read'>, seal: Seal): Promise<void> {
  for (let id = ''; ; ) {
    const next = (await read.get(NEXT_KEY, id))?.['id']
    if (typeof next !== 'string') return
    id = next
    const missing = id.split(' ').find(each => !seal.has(each))
    if (missing === undefined) continue
    throw new Error(
      `secrets of webhooks were sealed by the key '${missing}', which is not among \`secretKeys\`: add it behind the others until they are sealed anew`,
    )
  }
}

/** Seals some of what another key sealed, or none. Answers how many webhooks it was. */
export async function reseal({ peek, unit }: Pick<Store, 'peek' | 'unit'>, seal: Seal): Promise<number> {
  for (const sql of READ) {
    if ((await peek.get(sql, seal.keyId)) === undefined) continue
    return unit(async tx => {
      const rows = await tx.all(sql, seal.keyId)
      for (const row of rows) await tx.run(WRITE, row['id'] ?? null, seal.keyId, ...SECRETS.map(sealed(row)))
      return rows.length
    })
  }
  return 0

  function sealed(row: Row): (name: string) => Value {
    return name => {
      const stored = row[name]
      return typeof stored === 'string' ? seal.close(seal.open(stored)) : null
    }
  }
}

const SPENT = 'previous_secret_until <= $1'
const SPENT_SECRETS: PastTime = {
  any: `select 1 from signalbox_webhooks where ${SPENT} limit 1`,
  remove: `update signalbox_webhooks set previous_secret = null, previous_secret_until = null where id in
    (select id from signalbox_webhooks where ${SPENT} limit ${BATCH})`,
}

/** Takes away some of the secrets that no longer sign. Answers how many. */
export const forgetSecrets = (store: Store, now: UnixMs): Promise<number> =>
  takeAway(store, SPENT_SECRETS, isoTime(now))
