import pg from 'pg'
import type { Value } from '../port.ts'

/** Object identifiers of PostgreSQL's own types (pg_type.dat); they never change. */
const OF = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  jsonb: 3802,
} as const

/** 64 bits: as a number where it is exact as one. */
function integer(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

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
  [OF.int8, integer],
  [OF.int2, Number],
  [OF.int4, Number],
  [OF.float4, Number],
  [OF.float8, Number],
  [OF.timestamp, time],
  [OF.timestamptz, time],
])

const asText = (text: string): string => text
const cache = new Map<number, (text: string) => Value>()

/** Arrays come as JSON, and what has no parser here as PostgreSQL writes it: a numeric keeps all of its digits. */
function parserOf(oid: number): (text: string) => Value {
  const known = parsers.get(oid) ?? cache.get(oid)
  if (known !== undefined) return known
  // What the driver reads as an array; the rest it would make objects of, or round.
  const theirs = pg.types.getTypeParser(oid) as (text: string) => unknown
  const made = (text: string): Value => {
    if (!text.startsWith('{')) return text
    const value = theirs(text)
    return Array.isArray(value) ? JSON.stringify(value) : text
  }
  const isJson = oid === OF.json || oid === OF.jsonb
  cache.set(oid, isJson ? asText : made)
  return isJson ? asText : made
}

/** How the values of a row are read, by the identifiers of their types. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number) => parserOf(oid)) as typeof pg.types.getTypeParser,
}
