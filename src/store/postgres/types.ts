import pg from 'pg'
import type { Value } from '../port.ts'
import { wholeNumber } from '../values.ts'
import { readArray } from './arrays.ts'

/** Object identifiers of PostgreSQL's own types (pg_type.dat); they never change. */
const OF = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
} as const

/**
 * `2026-11-30 02:13:10.1234+00` as RFC 3339 has it, to the last digit: a Date would cut it to milliseconds. Sessions have
 * the time zone UTC. What RFC 3339 cannot say (infinity, years beyond 9999, BC) stays as it is.
 */
function time(text: string): string {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?$/.exec(text)
  return found === null ? text : `${found[1]}T${found[2]}Z`
}

const parsers: ReadonlyMap<number, (text: string) => Value> = new Map<number, (text: string) => Value>([
  [OF.bool, text => (text === 't' ? 1 : 0)],
  [OF.bytea, text => Buffer.from(text.slice(2), 'hex')],
  [OF.int8, wholeNumber],
  [OF.int2, Number],
  [OF.int4, Number],
  [OF.float4, Number],
  [OF.float8, Number],
  [OF.timestamp, time],
  [OF.timestamptz, time],
])

const asText = (text: string): string => text

/** What the items of arrays are, where JSON has more for them than text: of 64 bits and of decimals, text keeps all digits. */
const items: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [1000, text => text === 't'],
  [1005, Number],
  [1007, Number],
  [1021, Number],
  [1022, Number],
  [1115, time],
  [1185, time],
  [199, JSON.parse],
  [3807, JSON.parse],
])

/** Types of the application's own begin here: enums, domains, and the arrays of these. */
const FIRST_OWN = 16_384
const cache = new Map<number, (text: string) => Value>()

/** Arrays come as JSON, and what has no parser here as PostgreSQL writes it: a numeric keeps all of its digits. */
function parserOf(oid: number): (text: string) => Value {
  const known = parsers.get(oid) ?? cache.get(oid)
  if (known !== undefined) return known
  const array = (text: string): Value => JSON.stringify(readArray(text, items.get(oid) ?? asText))
  const made = isArray(oid)
    ? array
    : // Of an own type only the text can tell whether it is an array.
      (text: string): Value => (oid >= FIRST_OWN && /^\{.*\}$/s.test(text) ? array(text) : text)
  cache.set(oid, made)
  return made
}

/** What the driver takes for one. */
const isArray = (oid: number): boolean =>
  oid < FIRST_OWN && Array.isArray((pg.types.getTypeParser(oid) as (text: string) => unknown)('{}'))

/** How the values of a row are read, by the identifiers of their types. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number) => parserOf(oid)) as typeof pg.types.getTypeParser,
}
