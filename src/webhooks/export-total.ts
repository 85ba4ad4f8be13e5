import * as z from 'zod'
import type { Sql } from '../contract/index.ts'

// How much an export will be, found out before it begins: by indexes, and as cheap for an account that has millions of rows.

const about = (rows: string) => z.int().min(0).describe(`About how many ${rows}`)

export const Total = z
  .object({
    webhook: about('webhooks'),
    emitted: about('that are no events yet'),
    event: about('events'),
    delivery: about('deliveries'),
    attempt: about('attempts'),
  })
  .describe('How many rows of each kind there were when the export was begun; of what is much, an estimate')

type Totals = z.output<typeof Total>

/** So many are counted; for what is beyond, the time that they took to come about tells how many there will be. */
const COUNTED = 50_000
/** Deliveries whose attempts are counted. */
const SAMPLE = 1_000

const ATTEMPTS = `select count(*) as rows from
  (select id from signalbox_deliveries where account_id = $1 order by id limit ${SAMPLE}) as sample
  join signalbox_attempts on delivery_id = sample.id`

type Counting = Pick<Sql, 'get'>

/** @param emitsBySql whether there are rows of `signalbox_emitted` at all. */
export async function totalOf(sql: Counting, account: string, emitsBySql: boolean): Promise<Totals> {
  const count = (table: string, key: string, of: string | null = account) => countRows(sql, table, key, of)
  const delivery = await count('signalbox_deliveries', 'id')
  const attempts = Number((await sql.get(ATTEMPTS, account))?.['rows'])
  return {
    webhook: await count('signalbox_webhooks', 'id'),
    emitted: emitsBySql ? await count('signalbox_emitted', 'id') : 0,
    event:
      (await count('signalbox_events', 'position')) + (await count('signalbox_events', 'position', null)),
    delivery,
    attempt: Math.round(attempts * Math.max(1, delivery / SAMPLE)),
  }
}

/**
 * How many rows of a table an account has; exactly, where they are few.
 *
 * @param key by which there is an index of each account's rows. They came about in its order.
 * @param account null for what is shared.
 * @param counted how many are counted.
 */
export async function countRows(
  sql: Counting,
  table: string,
  key: string,
  account: string | null,
  counted = COUNTED,
): Promise<number> {
  const values = account === null ? [] : [account]
  // Events that have no number yet are for who asks next.
  const from = `from ${table} where account_id ${account === null ? 'is null' : '= $1'} and ${key} is not null`
  const timeOf = async (order: string): Promise<number | undefined> => {
    const row = await sql.get(
      `select created_at ${from} and ${key} = (select ${key} ${from} order by ${key} ${order})`,
      ...values,
    )
    return row && Date.parse(String(row['created_at']))
  }
  const beyond = await timeOf(`limit 1 offset ${counted}`)
  if (beyond === undefined)
    return Number((await sql.get(`select count(*) as rows ${from}`, ...values))?.['rows'])
  const first = (await timeOf('limit 1')) ?? beyond
  const last = (await timeOf('desc limit 1')) ?? beyond
  return beyond > first ? Math.round((counted * (last - first)) / (beyond - first)) : counted
}
