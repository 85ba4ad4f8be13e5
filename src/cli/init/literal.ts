import type { FoundColumn } from './catalog.ts'
import { type Kind, sourceText } from './kind.ts'

/** The default of a column as a value of its schema; undefined where it is an expression, or does not fit. */
export function literalOf({ default: sql, values }: FoundColumn, { schema }: Kind): string | undefined {
  const text = sql
    ?.trim()
    .replace(/^\((.*)\)$/s, '$1')
    .replace(/::[\w "[\](),]+$/, '')
  if (text === undefined) return undefined
  if (/^null$/i.test(text)) return undefined
  if (schema === 'z.boolean()') return BOOLEANS[text.toLowerCase().replaceAll("'", '')]
  if (schema.startsWith('z.int()') || schema === 'z.number()')
    return /^-?\d{1,15}$/.test(text) ? String(Number(text)) : undefined
  if (schema === 'Int64' || schema === 'Decimal') {
    const digits = text.replaceAll("'", '')
    return /^-?\d+(?:\.\d+)?$/.test(digits) ? sourceText(digits) : undefined
  }
  const quoted = /^'((?:[^']|'')*)'$/s.exec(text)?.[1]?.replaceAll("''", "'")
  if (quoted === undefined) return undefined
  if (schema.startsWith('z.enum(')) return values?.includes(quoted) === true ? sourceText(quoted) : undefined
  if (schema.startsWith('z.array(')) return quoted === '{}' ? '[]' : undefined
  return schema === 'z.string()' || schema.startsWith('z.string().max') ? sourceText(quoted) : undefined
}

const BOOLEANS: { readonly [text: string]: string | undefined } = {
  true: 'true',
  false: 'false',
  '1': 'true',
  '0': 'false',
}
