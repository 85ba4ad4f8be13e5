import type { ColumnType, Dialect, Native } from '../port.ts'
import { quoted } from '../sql-text.ts'
import { decode, encode, integerOf } from '../values.ts'
import { watching } from './watching.ts'

const STORAGE: { readonly [T in ColumnType]: string } = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
  json: 'TEXT',
}

export const dialect: Dialect = {
  name: 'SQLite',
  // STRICT: without it a column takes values of any type.
  tableOptions: ' strict',
  keyed: ' without rowid',
  rowName: 'rowid',
  rowNumber: '',
  nullsFirst: '',
  // There is one writer at a time, so numbers are given in the order of commits. Without AUTOINCREMENT the number of a
  // deleted last row is given again (https://sqlite.org/autoinc.html).
  commitOrder: {
    declare: 'integer primary key autoincrement',
    numbers: undefined,
  },
  preparations: [],
  completions: [],
  emitsBySql: false,
  define: statement => statement,
  declare(column, type, nullable) {
    const name = quoted(column)
    const checks: { readonly [T in ColumnType]?: string } = {
      boolean: ` check (${name} in (0, 1))`,
      json: ` check (json_valid(${name}))`,
    }
    return `${name} ${STORAGE[type]}${nullable ? '' : ' not null'}${checks[type] ?? ''}`
  },
  holds: (declared, type) => HOLDS[affinity(declared)].includes(type),
  contains: (column, value) => `exists (select 1 from json_each(${column}) where value = ${value})`,
  native: (declared, type) => (type === 'text' ? NATIVE[affinity(declared)] : undefined),
  encode,
  decode,
  watching,
}

type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric' | 'json' | 'time'

/**
 * How a column treats what it is given (https://sqlite.org/datatype3.html#determination_of_column_affinity).
 * The rules are tried in this order, so FLOATING POINT is an integer.
 *
 * JSON stands apart: it has NUMERIC affinity, which makes the text `5` the number 5, and as JSON they are the
 * same. So do dates and times, whose texts look like no numbers.
 */
function affinity(declared: string): Affinity {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text'
  if (type === '' || type.includes('BLOB')) return 'blob'
  if (/REAL|FLOA|DOUB/.test(type)) return 'real'
  if (/^(?:DATE|DATETIME|TIME|TIMESTAMP)\b/.test(type)) return 'time'
  return type === 'JSON' ? 'json' : 'numeric'
}

/**
 * What each affinity gives back as it was. NUMERIC turns text that looks like a number into one ('007' comes
 * back as 7), so DECIMAL holds no text; REAL rounds integers above 2^53; BLOB is for bytes.
 */
const HOLDS: { readonly [A in Affinity]: readonly ColumnType[] } = {
  integer: ['integer', 'boolean', 'text'],
  text: ['text', 'json'],
  blob: [],
  real: ['real'],
  numeric: ['integer', 'real', 'boolean'],
  json: ['json'],
  time: ['text', 'integer', 'real'],
}

/** Columns that take some texts only: the others they would change. */
const NATIVE: { readonly [A in Affinity]?: Native } = {
  // As SQLite writes it: '07' would come back as 7.
  integer: {
    take: value => integerOf(String(value), 64),
  },
  time: {
    take: value => (/^\s*[-+.\d][\d.]*(?:e[-+]?\d+)?\s*$/i.test(String(value)) ? undefined : value),
  },
}
