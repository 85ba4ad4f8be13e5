import { createPlace } from './place.ts'
import type { Store, Value } from './port.ts'
import { KEEPING_SCOPE } from './take-away.ts'

/** Old rows among which some must stay. Their key tells when they were made, and a walk along it finds them. */
export interface Walk {
  readonly table: string
  /** The column in whose order, and index, it goes. */
  readonly key: string
  /** About how many bytes go with a row, as SQL that does not read them. */
  readonly weight: string
  /** Which of them may go, as SQL over `old`. Further values are `$3` and so on. */
  readonly gone: string
  /** Tables whose rows go with them, and the column that names the key there. */
  readonly along?: readonly (readonly [table: string, column: string])[]
}

/** Goes one slice further, and takes away what may go there. Answers how many rows it looked at; 0 at the end, for now. */
export type TakeSlice = (store: Store, slice: Slice) => Promise<number>

export interface Slice {
  /** Keys below it are of rows past their time. */
  readonly before: string
  /** On `Clock.elapsed`. */
  readonly elapsed: number
  readonly values?: readonly Value[]
}

/** Few enough not to hold up the units of requests. */
const ROWS = 500
const BYTES = 4 * 2 ** 20

/**
 * A walk through what is past its time, in slices along an index: whatever a table holds, a slice reads and removes so much and
 * no more.
 */
export function createWalk({ table, key, weight, gone, along = [] }: Walk): TakeSlice {
  const next = `select ${key} as key, ${weight} as weight from ${table} where ${key} > $1 and ${key} < $2
    order by ${key} limit ${ROWS}`
  const there = `${table} as old where old.${key} > $1 and old.${key} <= $2 and ${gone}`
  const any = `select 1 from ${there} limit 1`
  const lock = `select old.${key} from ${there} for update of old`
  const remove = [
    ...along.map(
      ([other, column]) => `delete from ${other} where ${column} in (select old.${key} from ${there})`,
    ),
    `delete from ${there}`,
  ]
  const place = createPlace('')
  return async ({ peek, unit }, { before, elapsed, values = [] }) => {
    const from = place.from(elapsed)
    let bytes = 0
    const isEnough = (row: { readonly [column: string]: Value }): boolean => {
      bytes += Number(row['weight'])
      return bytes >= BYTES
    }
    const rows = await peek.until(isEnough, next, from, before)
    const last = rows.at(-1)?.['key']
    if (last === undefined) return 0
    const ends = [from, String(last), ...values]
    // Where all of it must stay, a unit would cost a commit for nothing.
    if ((await peek.get(any, ...ends)) !== undefined) {
      await unit(
        async tx => {
          // Each statement sees what was committed before it: what goes along must not go where the row then stays.
          if (tx.concurrent) await tx.all(lock, ...ends)
          for (const statement of remove) await tx.run(statement, ...ends)
        },
        KEEPING_SCOPE,
        'keyed',
      )
    }
    place.reach(String(last))
    return rows.length
  }
}
