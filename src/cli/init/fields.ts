import { type Catalog, columnOf, type FoundColumn, type FoundTable } from './catalog.ts'
import type { Chosen } from './chosen.ts'
import { isKey } from './faults.ts'
import { kindOf } from './field.ts'
import { isUnfit, type Kind, type SharedSchema, sourceText } from './kind.ts'
import { literalOf } from './literal.ts'

/** A field of a schema, and what it is in the file. */
export interface FieldPlan {
  readonly name: string
  /** An expression of zod. */
  readonly code: string
  readonly kind: Kind
  readonly shared: SharedSchema | undefined
}

/** The id, then the chosen columns in their order in the table, but for the owner's and those that have no form in JSON. */
export function planFields(
  engine: Catalog['engine'],
  { choice, table }: Chosen,
  methods: readonly string[],
): { readonly fields: readonly FieldPlan[]; readonly notes: readonly string[] } {
  const notes: string[] = []
  const owner = choice.owner === 'shared' ? undefined : choice.owner.column
  const names = new Set(choice.columns)
  if (owner !== undefined && names.delete(owner))
    notes.push(`'${table.name}.${owner}' holds the owner, so callers do not see it.`)
  names.delete('id')
  const fields: FieldPlan[] = [idField(table)]
  for (const column of table.columns) {
    if (!names.has(column.name)) continue
    const kind = kindIn(engine, table, column)
    if (isUnfit(kind))
      notes.push(`'${table.name}.${column.name}' is left out: ${kind.why}. To share it, ${kind.mend}.`)
    else fields.push({ name: column.name, code: codeOf(column, kind, methods), kind, shared: kind.shared })
  }
  return { fields, notes }
}

function idField(table: FoundTable): FieldPlan {
  const comment = columnOf(table, 'id')?.comment
  const kind: Kind = { schema: 'z.string()', filter: false, sort: true }
  return { name: 'id', code: `z.string()${described(comment)}`, kind, shared: undefined }
}

/** What refers to a row holds an id, and ids are text. */
function kindIn(
  engine: Catalog['engine'],
  table: FoundTable,
  column: FoundColumn,
): ReturnType<typeof kindOf> {
  const kind = kindOf(engine, column)
  const refers = table.references.some(reference => reference.column === column.name)
  if (!refers || isUnfit(kind) || !isKey(engine, column)) return kind
  return { schema: 'z.string()', filter: true, sort: false }
}

/** The schema of a column with what may be left out when it is written. */
function codeOf(column: FoundColumn, kind: Kind, methods: readonly string[]): string {
  const { name, nullable, comment } = column
  const nullish = nullable ? '.nullable()' : ''
  if (!methods.includes('update')) return `${kind.schema}${nullish}${described(comment)}`
  if (column.generated) return `${kind.schema}${nullish}.optional()${readOnly(comment)}`
  if (KEPT.has(name) && kind.schema === 'z.iso.datetime()')
    return `${kind.schema}${nullish}.default(() => new Date().toISOString())${readOnly(comment)}`
  return `${kind.schema}${nullish}${fallback(column, kind)}${described(comment)}`
}

/** Times of a row that the server keeps. */
const KEPT: ReadonlySet<string> = new Set(['created_at', 'updated_at'])

function fallback(column: FoundColumn, kind: Kind): string {
  const literal = literalOf(column, kind)
  if (literal !== undefined) return `.default(${literal})`
  if (column.nullable) return '.default(null)'
  // The database has an expression for it that means nothing here.
  return column.default === undefined ? '' : '.optional()'
}

const described = (comment: string | undefined): string =>
  comment === undefined ? '' : `.describe(${sourceText(comment)})`

const readOnly = (comment: string | undefined): string =>
  `.meta({ readOnly: true${comment === undefined ? '' : `, description: ${sourceText(comment)}`} })`
