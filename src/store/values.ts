import type { ColumnType, Value } from './port.ts'

// How values of a column's type lie in a database. Booleans are 0 and 1 and JSON is text, to every store alike.

/** @throws TypeError for what no column of the type can hold. */
export function encode(value: unknown, type: ColumnType): Value {
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
      // SQLite stores NaN as null, and prints infinity as 9e999.
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

export function decode(value: Value, type: ColumnType): unknown {
  if (value === null) return null
  switch (type) {
    case 'boolean':
      return Number(value) !== 0
    case 'json':
      return JSON.parse(String(value))
    case 'integer':
      return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
    default:
      return value
  }
}

/** A whole number from its digits: a bigint where a number would not be exact. */
export const wholeNumber = (digits: string): number | bigint =>
  Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits)

/** A whole number of so many bits, from a text as databases write it, so that no two texts are one number; undefined for others. */
export function integerOf(text: string, bits: number): bigint | undefined {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return undefined
  const value = BigInt(text)
  return BigInt.asIntN(bits, value) === value ? value : undefined
}
