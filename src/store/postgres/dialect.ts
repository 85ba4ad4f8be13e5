import type { ColumnType, Dialect } from '../port.ts'
import { quoted } from '../sql-text.ts'
import { decode, encode } from '../values.ts'
import { emitting } from './emitting.ts'
import { native } from './native.ts'
import { watching } from './watching.ts'

/** Text is compared as SQLite compares it, and as cursors do: by its bytes, not by a language's alphabet. */
const TEXT = 'text collate "C"'

const STORAGE: { readonly [T in ColumnType]: string } = {
  text: TEXT,
  integer: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  json: 'jsonb',
}

/** Tables of the queues change all the time while they stay small: autovacuum comes to them after few dead rows. */
const FEW_DEAD = 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000'
const SOME_DEAD = 'autovacuum_vacuum_scale_factor = 0.02'
const HOT: readonly string[] = Object.entries({
  lanes: `${FEW_DEAD}, fillfactor = 70`,
  limits: `${FEW_DEAD}, fillfactor = 70`,
  queue: `${FEW_DEAD}, fillfactor = 70`,
  ordered: `${FEW_DEAD}, fillfactor = 70`,
  // A delivery is written twice, the second time soon, and no index is about what changes: so it stays on its page where that has room.
  deliveries: `${SOME_DEAD}, fillfactor = 70`,
  operations: SOME_DEAD,
  events: SOME_DEAD,
}).map(([name, settings]) => `alter table signalbox.signalbox_${name} set (${settings})`)

const CREATE_TABLE = /^(create table (?:if not exists )?)/

export const dialect: Dialect = {
  name: 'PostgreSQL',
  tableOptions: '',
  keyed: '',
  rowName: 'row_number',
  rowNumber: 'row_number bigint generated always as identity,',
  nullsFirst: ' nulls first',
  // Transactions commit in another order than they begin, so rows are numbered once they are there.
  commitOrder: {
    declare: 'bigint unique',
    numbers: {
      arrival: 'row_number',
      next: "nextval('signalbox.signalbox_positions')",
      last: "select pg_sequence_last_value(pg_get_serial_sequence('signalbox.signalbox_events', 'row_number')::regclass) as last",
      // Who writes to a table has locked it so before a row gets its number, and until the transaction is over.
      writers: `select virtualtransaction as writer from pg_locks where granted and relation = 'signalbox.signalbox_events'::regclass
        and database = (select oid from pg_database where datname = current_database())
        and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
    },
  },
  preparations: ['create sequence if not exists signalbox.signalbox_positions'],
  declare: (column, type, nullable) => `${quoted(column)} ${STORAGE[type]}${nullable ? '' : ' not null'}`,
  completions: [...emitting, ...HOT],
  emitsBySql: true,
  define: statement =>
    CREATE_TABLE.test(statement)
      ? statement.replace(CREATE_TABLE, '$1signalbox.').replace(/\btext\b(?=[ ,\n])/g, TEXT)
      : statement,
  holds: (declared, type) => HOLDS[type].test(declared),
  contains: (column, value, item) =>
    `${column}::jsonb @> jsonb_build_array(${value}::${item === 'text' ? 'text' : STORAGE[item]})`,
  native,
  encode,
  decode,
  watching,
}

/**
 * Types as `columns.ts` writes them. `character(n)` pads what is shorter: the schema says its length. `real` rounds what has
 * more digits than it.
 */
const HOLDS: { readonly [T in ColumnType]: RegExp } = {
  text: /^(?:text|character(?: varying)?(?:\(\d+\))?|citext|uuid|enum .*|timestamp(?:\(\d\))? with(?:out)? time zone|date|numeric(?:\(.*\))?|bigint|integer|smallint)$/,
  integer: /^(?:bigint|integer|smallint)$/,
  real: /^(?:double precision|real|bigint|integer|smallint)$/,
  // Signalbox's own flags are 0 or 1.
  boolean: /^(?:boolean|integer|smallint)$/,
  json: /^(?:jsonb?|text|.*\[\])$/,
}
