import type { Clock } from '../../base/index.ts'
import { UnfitConnection } from '../errors.ts'
import type { AsyncTx, Ending, OwnConnection, Reader, Row } from '../port.ts'
import { type Answered, type Ask, askerOf } from './own-ask.ts'
import { OUTCOME } from './transaction.ts'

export interface OwnOptions {
  readonly read: Reader
  readonly clock: Clock
}

/**
 * Writes in transactions of the application's. Two statements: the first tells where the connection leads and what the
 * transaction is called, the second writes in this transaction and in no other. Where there is none, each would be one by
 * itself, or on another connection of a pool, and nothing is written.
 *
 * Answers what finds the transaction that a connection is in. @throws UnfitConnection where it is of no known kind.
 */
export function createOwn({ read, clock }: OwnOptions): (connection: OwnConnection) => AsyncTx {
  const followed = new Map<string, Ending>()
  let known: Promise<Place> | undefined

  const ours = (): Promise<Place> => {
    known ??= read.get(PLACE).then(placeOf)
    known.catch(() => {
      known = undefined
    })
    return known
  }
  async function assertHere(theirs: Place): Promise<void> {
    if (isSame(theirs, await ours())) return
    // A server that was started anew is another to us, until we have asked it.
    known = undefined
    const here = await ours()
    if (isSame(theirs, here)) return
    const where = theirs.server === here.server ? '' : ' on another server'
    throw new UnfitConnection(
      `is a connection to the database '${theirs.name}'${where}`,
      `Connect to '${here.name}' at the url of the store, where the events are`,
    )
  }

  /** Until a transaction is over, of which nobody is told. */
  function follow(xact: string): Ending {
    const going = followed.get(xact)
    if (going !== undefined) return going
    const over = untilOver(xact)
      .catch(() => undefined)
      .finally(() => followed.delete(xact))
    const ending = { over }
    followed.set(xact, ending)
    return ending
  }
  async function untilOver(xact: string): Promise<void> {
    for (const until = clock.elapsed() + FOLLOW_MS; clock.elapsed() < until; ) {
      await new Promise(resolve => setTimeout(resolve, LOOK_MS).unref())
      const row = await read.get(OUTCOME, xact)
      if (row?.['outcome'] !== 'in progress') return
    }
  }

  return connection => {
    const ask = askerOf(connection)
    if (ask === undefined) {
      throw new UnfitConnection(
        'is no connection that is known',
        'Use a client of pg, or the transaction that Kysely, Drizzle, Prisma or Knex gives',
      )
    }
    return {
      answers: 'later',
      async insert(table, row) {
        const xact = await transactionOf(ask, assertHere)
        const { text, values } = insertion(table, row, xact)
        const written = await ask(text, values)
        if (written.length === 0) {
          throw new UnfitConnection(
            'is a connection that has begun no transaction',
            'Begin one, and give the client or the transaction that it is on; or emit alone with app.unit(account, ({ emit }) => …)',
          )
        }
        return follow(xact)
      },
    }
  }
}

/** How often and for how long a transaction is looked at. After that, what it has left is found as what others leave is. */
const LOOK_MS = 20
const FOLLOW_MS = 5_000

/** Which database it is. A clone of it has the same identifiers, and another time at which it was started. */
const PLACE_COLUMNS = `extract(epoch from pg_catalog.pg_postmaster_start_time())::text as server,
  (select oid::text from pg_catalog.pg_database where datname = pg_catalog.current_database()) as oid,
  pg_catalog.current_database()::text as name`
const PLACE = `select ${PLACE_COLUMNS}`
/** Everything as text: libraries differ in what they make of other types. */
const ABOUT = `select ${PLACE_COLUMNS}, pg_catalog.pg_is_in_recovery()::text as standby,
  pg_catalog.current_setting('transaction_read_only') as readonly,
  case when pg_catalog.pg_is_in_recovery() then null else pg_catalog.pg_current_xact_id()::text end as xact`

interface Place {
  /** When it was started, in seconds. */
  readonly server: string
  readonly oid: string
  readonly name: string
}

const placeOf = (row: Answered | undefined): Place => ({
  server: String(row?.['server']),
  oid: String(row?.['oid']),
  name: String(row?.['name']),
})

const isSame = (one: Place, other: Place): boolean => one.server === other.server && one.oid === other.oid

/** What the transaction is called. Where it is none, the statement is one by itself. */
async function transactionOf(ask: Ask, assertHere: (theirs: Place) => Promise<void>): Promise<string> {
  const [about] = await ask(ABOUT, [])
  if (about?.['standby'] === 'true')
    throw new UnfitConnection('is a connection to a standby', 'Connect to the primary server')
  await assertHere(placeOf(about))
  if (about?.['readonly'] === 'on')
    throw new UnfitConnection('is in a transaction that may only read', 'Begin one that may write')
  return String(about?.['xact'])
}

/** In this transaction, or not at all. With the schema: the application's search path is its own. */
function insertion(table: string, row: Row, xact: string) {
  const columns = Object.keys(row)
  const places = columns.map((_, i) => `$${i + 1}`).join(', ')
  const text = `insert into signalbox.${table} (${columns.join(', ')}) select ${places}
    where pg_catalog.pg_current_xact_id()::text = $${columns.length + 1} returning 1 as written`
  return { text, values: [...Object.values(row), xact] }
}
