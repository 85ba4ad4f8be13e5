import type { ColumnType, Dialect, Value } from '../port.ts'
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

export const dialect: Dialect = {
  name: 'PostgreSQL',
  tableOptions: '',
  rowName: 'row_number',
  rowNumber: 'row_number bigint generated always as identity,',
  // Transactions commit in another order than they begin, so rows are numbered once they are there.
  commitOrder: {
    declare: 'bigint unique',
    next: "nextval('signalbox.signalbox_positions')",
    arrival: 'row_number',
  },
  preparations: ['create sequence if not exists signalbox.signalbox_positions'],
  declare: (column, type, nullable) =>
    `"${column.replaceAll('"', '""')}" ${STORAGE[type]}${nullable ? '' : ' not null'}`,
  define: statement =>
    statement
      .replace(/^(create table (?:if not exists )?)/, '$1signalbox.')
      .replace(/\btext\b(?=[ ,\n])/g, TEXT),
  holds: (declared, type) => HOLDS[type].test(declared),
  contains: (column, value, item) =>
    `${column}::jsonb @> jsonb_build_array(${value}::${item === 'text' ? 'text' : STORAGE[item]})`,
  encode,
  decode,
  watching,
}

/** Types as format_type writes them. What rounds, pads or cuts is not among them. */
const HOLDS: { readonly [T in ColumnType]: RegExp } = {
  text: /^(?:text|character varying(?:\(\d+\))?|uuid|citext|timestamp with(?:out)? time zone|timestamp|date|numeric(?:\(.*\))?)$/,
  integer: /^(?:bigint|integer|smallint)$/,
  real: /^(?:double precision|bigint|integer|smallint)$/,
  // Signalbox's own flags are 0 or 1.
  boolean: /^(?:boolean|integer|smallint)$/,
  json: /^(?:jsonb?|text|.*\[\])$/,
}

function encode(value: unknown, type: ColumnType): Value {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'text':
      if (typeof value === 'string') return value
      break
    case 'integer':
      if (Number.isSafeInteger(value)) return Number(value)
      if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value
      break
    case 'real':
      if (Number.isFinite(value)) return Number(value)
      break
    case 'boolean':
      if (typeof value === 'boolean') return value ? 1 : 0
      break
    case 'json': {
      const text: string | undefined = JSON.stringify(value)
      if (text !== undefined) return text
      break
    }
  }
  throw new TypeError(`a column of type ${type} cannot hold ${describe(value)}`)
}

const describe = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : `a value of type ${typeof value}`

function decode(value: Value, type: ColumnType): unknown {
  if (value === null) return null
  switch (type) {
    case 'boolean':
      return Number(value) !== 0
    case 'json':
      return JSON.parse(String(value))
    default:
      return value
  }
}
