import type { Catalog, FoundColumn } from './catalog.ts'
import type { Kind, Unfit } from './kind.ts'
import { postgresKind } from './kinds-postgres.ts'
import { sqliteKind } from './kinds-sqlite.ts'

export const kindOf = (engine: Catalog['engine'], column: FoundColumn): Kind | Unfit =>
  column.name === '__proto__'
    ? { why: 'no field of an object can be called so', mend: 'make a view that calls it otherwise' }
    : engine === 'postgres'
      ? postgresKind(column)
      : sqliteKind(column)
