import { otherProgram } from './other-program.ts'
import type { Location } from './store-at.ts'

/** A trigger that the application, or somebody else, has put on a table. */
export interface OwnTrigger extends AsyncDisposable {
  drop(): Promise<void>
}

interface What {
  /** `before insert on notes` */
  readonly on: string
  /** Of the row, as SQL. */
  readonly when: string
  /** A statement, or `fail`. */
  readonly does: string
}

export async function addTrigger(
  location: Location,
  name: string,
  { on, when, does }: What,
): Promise<OwnTrigger> {
  const other = await otherProgram(location)
  const table = on.split(' ').at(-1) ?? ''
  const isPostgres = location.startsWith('postgres:')
  if (isPostgres) {
    const body = does === 'fail' ? `raise exception '${name}'` : does
    await other.rows(
      `create function ${name}() returns trigger language plpgsql as $$ begin ${body}; return new; end $$`,
    )
    await other.rows(
      `create trigger ${name} ${on} for each row when (${when}) execute function public.${name}()`,
    )
  } else {
    const body = does === 'fail' ? `select raise(abort, '${name}')` : does
    await other.rows(`create trigger ${name} ${on} when ${when} begin ${body}; end`)
  }
  return {
    drop: async () => void (await other.rows(`drop trigger ${name}${isPostgres ? ` on ${table}` : ''}`)),
    [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
  }
}
