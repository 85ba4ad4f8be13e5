import type { ColumnType, Native, Value } from '../port.ts'
import { integerOf } from '../values.ts'
import { arrayLiteral } from './arrays.ts'

/** What a declared type takes. Whatever else came to such a column would be an error of the database. */
export function native(declared: string, type: ColumnType): Native | undefined {
  switch (type) {
    case 'json':
      return json(declared)
    case 'text':
      return text(declared)
    case 'integer':
      return declared === 'bigint' ? undefined : { ...integer(BITS[declared] ?? 64), cast: '::bigint' }
    case 'real':
      if (declared === 'real') return { take: value => (isSingle(value) ? value : undefined) }
      return declared in BITS ? { ...integer(BITS[declared] ?? 64), cast: '::double precision' } : undefined
    default:
      return undefined
  }
}

function text(declared: string): Native | undefined {
  const bits = BITS[declared]
  if (bits !== undefined) return integer(bits)
  if (declared === 'uuid') return texts(value => (UUID.test(value) ? value : undefined))
  if (declared === 'date') return texts(value => (isDate(value) ? value : undefined))
  if (declared.startsWith('timestamp')) return texts(utc)
  return /^numeric\b/.test(declared) ? decimal(declared) : undefined
}

const texts = (take: (value: string) => string | undefined): Native => ({
  take: value => (typeof value === 'string' ? take(value) : undefined),
})

/** By its digits, or as a number. */
const integer = (bits: number): Native => ({
  take: value => (integerOf(String(value), bits) === undefined ? undefined : value),
})

const isSingle = (value: Value): boolean => Number.isFinite(Math.fround(Number(value)))

const BITS: { readonly [declared: string]: number | undefined } = { smallint: 16, integer: 32, bigint: 64 }

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

function isDate(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

/**
 * A time of RFC 3339 in UTC, with all of its digits: a column without a zone passes over the one that is given. Of leap
 * seconds the next second is taken.
 */
function utc(text: string): string | undefined {
  const [, day = '', clock = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.exec(text) ?? []
  if (!isDate(day)) return undefined
  const at = Date.parse(`${day}T${clock.replace(/:60$/, ':59')}${zone.toUpperCase()}`)
  if (Number.isNaN(at)) return undefined
  const second = new Date(at + (clock.endsWith(':60') ? 1_000 : 0)).toISOString()
  return /^\d{4}-/.test(second) ? `${second.slice(0, 19)}${fraction.slice(0, 10)}Z` : undefined
}

/** `numeric(10,2)` has eight digits before the point and two behind it; what has more would be rounded. */
function decimal(declared: string): Native {
  const [, precision = '', scale = '0'] = /^numeric\((\d+),(\d+)\)$/.exec(declared) ?? []
  const [before, behind] =
    precision === '' ? [MAX_BEFORE, MAX_BEHIND] : [Number(precision) - Number(scale), Number(scale)]
  return texts(text => {
    const found = /^-?(\d+)(?:\.(\d+))?$/.exec(text)
    if (found === null) return text === 'NaN' ? text : undefined
    const [, whole = '', fraction = ''] = found
    const digits = whole.replace(/^0+/, '').length
    return digits <= before && fraction.replace(/0+$/, '').length <= behind ? text : undefined
  })
}

/** Of a numeric without limits of its own (PostgreSQL, Numeric Types). */
const MAX_BEFORE = 131_072
const MAX_BEHIND = 16_383

/** An array takes its own notation. */
function json(declared: string): Native | undefined {
  if (!declared.endsWith('[]')) return undefined
  const write = /^jsonb?\[/.test(declared) ? JSON.stringify : undefined
  return {
    take: value => arrayLiteral(String(value), write),
    contains: (column, value) => `${value} = any(${column})`,
  }
}
