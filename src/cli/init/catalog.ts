/** What a database has, as far as an api could share it. Read from PostgreSQL or SQLite; no values of rows are in it. */
export interface Catalog {
  readonly engine: 'postgres' | 'sqlite'
  /** Those that statements find by their bare name. */
  readonly tables: readonly FoundTable[]
  /** `schema.table` of those that they do not find. */
  readonly hidden: readonly string[]
}

export interface FoundTable {
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly comment: string | undefined
  readonly columns: readonly FoundColumn[]
  /** The columns of the primary key, in its order; none where there is no key. */
  readonly primaryKey: readonly string[]
  /** Columns that identify a row each by itself. */
  readonly unique: readonly string[]
  /** Columns that an index begins with, or has behind one that it begins with. */
  readonly indexed: readonly string[]
  /** Foreign keys of one column. */
  readonly references: readonly FoundReference[]
}

export interface FoundReference {
  readonly column: string
  readonly table: string
  /** The column of that table. */
  readonly target: string
}

export interface FoundColumn {
  readonly name: string
  /** As the database writes it; of a domain, what it is made of. */
  readonly type: string
  readonly nullable: boolean
  /** An expression of SQL. */
  readonly default: string | undefined
  /** Whether the database alone gives it its value: generated, or an identity that takes no other. */
  readonly generated: boolean
  /** The only values that it can have; undefined where they are not listed. Of an array, of its items. */
  readonly values: readonly string[] | undefined
  /** The least that a check lets it be. */
  readonly minimum: number | undefined
  readonly comment: string | undefined
}

export const columnOf = (table: FoundTable, name: string): FoundColumn | undefined =>
  table.columns.find(column => column.name === name)
