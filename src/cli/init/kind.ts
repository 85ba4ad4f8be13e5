/** What a column is to an api: the schema of its values, and what lists can do with it. */
export interface Kind {
  /** An expression of zod. */
  readonly schema: string
  /** Whether lists can be filtered by it, and sorted. */
  readonly filter: boolean
  readonly sort: boolean
  /** What stands in the file for it: `decimal` is a schema that several columns share. */
  readonly shared?: SharedSchema
}

/** Schemas that are declared once in a file. */
export type SharedSchema = 'Decimal' | 'Int64' | 'Json'

/** Why a column cannot be shown, and what to do about it. */
export interface Unfit {
  readonly why: string
  readonly mend: string
}

export const isUnfit = (kind: Kind | Unfit): kind is Unfit => 'why' in kind

/** A string in the source of a program. */
export function sourceText(text: string): string {
  // Beyond what JSON escapes, these end a line of a program.
  const double = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return text.includes("'") && !text.includes('"')
    ? double
    : `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

export const listed = (values: readonly string[]): string => `z.enum([${values.map(sourceText).join(', ')}])`

/** Texts that are longer cannot stand in cursors. */
const MAX_SORTED = 255

export const textKind = (max: number | undefined): Kind => ({
  schema: max === undefined ? 'z.string()' : `z.string().max(${max})`,
  filter: true,
  sort: max !== undefined && max <= MAX_SORTED,
})
