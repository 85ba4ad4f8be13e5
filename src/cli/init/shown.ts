import type { Catalog, FoundColumn, FoundTable } from './catalog.ts'
import { kindOf } from './field.ts'
import { isUnfit } from './kind.ts'

/** A table as one line. */
export const tableLine = ({ name, kind, columns, comment }: FoundTable): string =>
  `${name}${kind === 'view' ? ' (view)' : ''}: ${columns.length} columns${comment === undefined ? '' : `. ${firstLine(comment)}`}`

/** A column as one line: its type, what it refers to, and why it cannot be shown where it cannot. */
export function columnLine(engine: Catalog['engine'], table: FoundTable, column: FoundColumn): string {
  const { name, type, nullable, comment } = column
  const kind = kindOf(engine, column)
  const reference = table.references.find(each => each.column === name)
  const marks = [
    type || 'untyped',
    ...(nullable ? ['can be null'] : []),
    ...(table.primaryKey.includes(name) ? ['key'] : []),
    ...(reference === undefined ? [] : [`refers to ${reference.table}.${reference.target}`]),
    ...(isUnfit(kind) ? [`cannot be shown: ${kind.why}`] : []),
    ...(comment === undefined ? [] : [firstLine(comment)]),
  ]
  return `${name}  ${marks.join(', ')}`
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** All that there is to choose from. */
export function catalogText(catalog: Catalog): string {
  const tables = catalog.tables.map(table =>
    [tableLine(table), ...table.columns.map(column => `  ${columnLine(catalog.engine, table, column)}`)].join(
      '\n',
    ),
  )
  const hidden = catalog.hidden.length === 0 ? [] : [`Not on the search path: ${catalog.hidden.join(', ')}`]
  return [...tables, ...hidden].join('\n\n')
}
