/** A unit awaited something that is not the store (a timer, a file, a fetch). It was undone. */
export class ForeignAwait extends Error {
  override readonly name = 'ForeignAwait'
  constructor() {
    super(
      'the unit of work awaited something other than the store, so it was undone. ' +
        'Await slow things in prepare(), or start an operation for them',
    )
  }
}

/** A statement came after its unit had ended. */
export class UnitOver extends Error {
  override readonly name = 'UnitOver'
  constructor() {
    super('this unit of work is over: await every statement before the handler returns')
  }
}

/** Somebody else held the write lock for longer than a unit waits. Nothing was changed; trying again later is right. */
export class StoreBusy extends Error {
  override readonly name = 'StoreBusy'
  constructor(waitedMs: number, options?: ErrorOptions) {
    super(
      `another connection has held the database's lock, or it did not answer, for ${waitedMs} ms`,
      options,
    )
  }
}

/** The database cannot take more: the disk is full or failing. Nothing was changed; reading still works. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
  constructor(cause: unknown) {
    super('the database cannot be written: the disk is full or failing', { cause })
  }
}

/** A text holds what the database has no room for. Nothing was changed. */
export class UnstorableText extends Error {
  override readonly name = 'UnstorableText'
  constructor(cause: unknown) {
    super('the database cannot store the character U+0000 in a text', { cause })
  }
}

/**
 * What a table's constraints do not take. `unique`: there is such a row already; `reference`: what it refers to is not there, or
 * what is deleted is referred to; `required`: a column must have a value; `value`: a column cannot hold the value; `check`: a rule of
 * the table's own.
 */
export type ConstraintKind = 'unique' | 'reference' | 'required' | 'value' | 'check'

/** Where a row was refused. */
export interface RefusedAt {
  readonly table?: string | undefined
  /** The values of `columns` as text, with `, ` between them. */
  readonly key?: string | undefined
}

/** A table has refused a row. Nothing of the statement was done. */
export class ConstraintViolated extends Error {
  override readonly name = 'ConstraintViolated'
  readonly kind: ConstraintKind
  /** As far as the database tells them. */
  readonly columns: readonly string[]
  /** The constraint's name, where it has one and the database tells it. */
  readonly constraint: string | undefined
  /** What tells which row it is, where the database does. */
  readonly at: RefusedAt

  constructor(
    kind: ConstraintKind,
    columns: readonly string[],
    constraint: string | undefined,
    cause: Error,
    at: RefusedAt = {},
  ) {
    super(cause.message, { cause })
    this.kind = kind
    this.columns = columns
    this.constraint = constraint
    this.at = at
  }
}

/** What was to commit with the application's own transaction cannot: there is none, or none of this database. */
export class UnfitConnection extends Error {
  override readonly name = 'UnfitConnection'
  constructor(wrong: string, mend: string) {
    super(`tx ${wrong}. ${mend}`)
  }
}

/** The store is closed, or closing. */
export class StoreClosed extends Error {
  override readonly name = 'StoreClosed'
  constructor() {
    super('the store is closed')
  }
}

/** Whether the database could not take it just now, whatever was asked of it. Nothing was changed; the same may pass later. */
export const isPassing = (error: unknown): boolean => error instanceof StoreBusy || error instanceof StoreFull
