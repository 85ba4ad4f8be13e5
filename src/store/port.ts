import type { Histogram } from '../base/index.ts'
import type { Insert } from './insert.ts'
import type { Memory } from './memory.ts'

/** What a statement takes and gives. Booleans and JSON pass through the dialect's `encode` and `decode`. */
export type Value = string | number | bigint | null | Uint8Array

export interface Row {
  readonly [column: string]: Value
}

/**
 * Statements are plain SQL with `$1`, `$2` … for values, in the words that every store understands.
 * The same text is prepared once; build texts from fixed parts, never from a caller's values.
 */
export interface Reader {
  get(sql: string, ...values: Value[]): Promise<Row | undefined>
  all(sql: string, ...values: Value[]): Promise<Row[]>
  /** The rows up to the first with which it is enough, that one included. Those behind it are not read. */
  until(enough: (row: Row) => boolean, sql: string, ...values: Value[]): Promise<Row[]>
}

/** Reads outside units. */
export interface OpenReader extends Reader {
  /**
   * What `make` gives, or what it gave before where nobody has committed anything since: of a memory of one table, any change
   * of that table. Who asks at the same time may share it. It must follow from the key and the database alone, or that table. What
   * is undefined is not remembered.
   */
  recall<T, U extends T | undefined>(memory: Memory<T>, key: string, make: () => Promise<U>): Promise<T | U>
}

/** The transaction of one unit of work. */
export interface Tx extends Reader {
  /**
   * Whether units of other scopes run beside this one. Rows that units of several scopes decide on are then read with
   * `for update`, in a statement of its own: what is read behind it is what the one before has left.
   */
  readonly concurrent: boolean
  /** Answers the number of rows changed. */
  run(sql: string, ...values: Value[]): Promise<number>
  /** The same, for what nobody waits for: where it fails, so does the unit. */
  write(sql: string, ...values: Value[]): void
  /** As `write`, of one row: what units of the kind `adds` add to one table may be written together. */
  add(insert: Insert, ...values: Value[]): void
  /** Work that can fail alone: where it rejects, what it changed is undone and the unit goes on. */
  nested<T>(work: () => Promise<T>): Promise<T>
}

/** A connection of the application's own that answers at once: a `DatabaseSync` of node:sqlite. */
export interface SyncConnection {
  prepare(sql: string): { get(...values: Value[]): unknown; run(...values: Value[]): unknown }
  readonly isTransaction: boolean
}

/** One that answers later: a client of pg, or the transaction that Kysely, Drizzle, Prisma or Knex gives. */
export type AsyncConnection =
  | PgConnection
  | KyselyTransaction
  | DrizzleTransaction
  | PrismaTransaction
  | KnexTransaction

/** A `Client` of pg, or one of its pool's. */
export interface PgConnection {
  query(text: string, values: unknown[]): Promise<unknown>
}
export interface KyselyTransaction {
  executeQuery(query: unknown): Promise<unknown>
  readonly isTransaction: boolean
}
export interface DrizzleTransaction {
  execute(query: string): PromiseLike<unknown>
}
export interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>
}
export interface KnexTransaction {
  raw(text: string, values: readonly string[]): PromiseLike<unknown>
}

/** What an application has a transaction of its own on, to the same database. */
export type OwnConnection = SyncConnection | AsyncConnection

/** A transaction that the application has begun, and that it commits or undoes. */
export type OwnTx = SyncTx | AsyncTx

export interface SyncTx {
  readonly answers: 'at once'
  /** Writes a row of one of Signalbox's own tables. What the driver throws passes as it is: a lock, a full disk. */
  insert(table: string, row: Row): void
  /** Whether the connection is in a transaction: this one, or one that was begun after it. */
  readonly isOpen: boolean
}

export interface AsyncTx {
  readonly answers: 'later'
  /**
   * Writes a row of one of Signalbox's own tables. What the driver throws passes as it is.
   *
   * @throws UnfitConnection where the connection leads elsewhere, cannot write, or has begun no transaction.
   */
  insert(table: string, row: Row): Promise<Ending>
}

/** Of a transaction of the application's. */
export interface Ending {
  /** Resolves once it is committed or undone; at some time too where that cannot be found out. Never rejects. */
  readonly over: Promise<void>
}

export type UnitKind = 'any' | 'adds' | 'keyed'

/**
 * The database, behind one port. `conformance.ts` states what every store must hold.
 *
 * A unit of work awaits its `tx` and nothing else. One that awaits anything else is undone and rejects with
 * `ForeignAwait`; its neighbours do not notice. A unit may run again (on PostgreSQL after a serialization failure),
 * so it has no effect but through `tx`.
 */
export interface Store {
  readonly dialect: Dialect
  /**
   * Reads outside units, on a connection of their own. A read sees all that was committed before it was asked for; whoever
   * asks again without awaiting anything else may see the same state as before. An answer waits for the flush of every
   * commit that it could have seen, so nothing that was read can be undone by a power cut.
   */
  readonly read: OpenReader
  /**
   * The same without the wait: for what decides whether to go on and is not itself answered, such as whose key it is.
   * A power cut can undo what it saw.
   */
  readonly peek: OpenReader
  /**
   * When this resolves, all of the unit is committed and on disk. When it rejects, none of it is left.
   *
   * @param scope units of the same scope run one after another, in all processes; those of different scopes may run beside each
   * other, where the database can. Default: beside none.
   * @param kind `adds`: it adds rows and does nothing else, and what it decides on does not change by what others of this kind
   * add. They may be interleaved. `keyed`: each of its statements finds its rows by an index, whatever is known of how many there
   * are.
   */
  unit<T>(work: (tx: Tx) => Promise<T>, scope?: string, kind?: UnitKind): Promise<T>
  /**
   * The transaction that the application is in, for what is to commit or to be undone with it.
   *
   * @throws UnfitConnection where the connection is none that this store knows; of one that answers at once also where it leads
   * elsewhere, cannot write, or has begun no transaction.
   */
  own(connection: OwnConnection): OwnTx
  /** Undefined where looking is as good as being told. */
  readonly news: News | undefined
  readonly figures: StoreFigures
  /** The columns of a table, in order; undefined where there is no such table. */
  columns(table: string): Promise<readonly Column[] | undefined>
  /** Lets running units finish, then closes. Later units reject with `StoreClosed`. */
  close(): Promise<void>
}

/** How processes on one database tell each other that there is something to look for. What is not heard is found by looking. */
export interface News {
  /** To the other processes, in a moment. */
  tell(): void
  /** Called when another has told something, or may have. */
  hear(heard: () => void): void
}

/** What a store tells of itself, for metrics. */
export interface StoreFigures {
  /** Units that shared a commit. */
  readonly commitUnits: Histogram
  /** In seconds. */
  readonly flushSeconds: Histogram
  /** The database on the disk, in bytes. */
  size(): number | Promise<number>
}

/** Opens a store. It throws where the database cannot be used, with a message that names it and the mend. */
export type OpenStore = () => Promise<Store>

/** What resources store in a column. */
export type ColumnType = 'text' | 'integer' | 'real' | 'boolean' | 'json'

/** A type of an existing column that does not take all values: integers, uuids, times, arrays. */
export interface Native {
  /**
   * The value, as `encode` gives it, as the column takes it; undefined where no value of the column could be this one. To
   * ask for it all the same may be an error of the database.
   */
  take(value: Value): Value | undefined
  /** What follows a value that rows are compared with, so that it may be any; without it only what `take` takes. */
  readonly cast?: string
  /** As `contains` of the dialect, where the column needs its own. */
  contains?(column: string, value: string): string
}

/** How one database differs from another: data, never a test of its name. */
export interface Dialect {
  /** For messages and logs. */
  readonly name: string
  /** The declaration of a column in a created table, constraints that prove the type included. */
  declare(column: string, type: ColumnType, nullable: boolean): string
  /** What follows the closing parenthesis of `create table`. */
  readonly tableOptions: string
  /** What follows it where rows are small and only found by their primary key. */
  readonly keyed: string
  /** The column that names a row of a table that has no key, in the order in which rows were written. */
  readonly rowName: string
  /** Its declaration, and a comma; empty where it is always there. */
  readonly rowNumber: string
  /** What stands behind a key of an index that is walked with its nulls first; empty where they are first anyway. */
  readonly nullsFirst: string
  readonly commitOrder: CommitOrder
  /** A statement that creates one of Signalbox's own tables or indexes, as this database wants it. */
  define(statement: string): string
  /** What comes before the first of these. */
  readonly preparations: readonly string[]
  /** What comes after the last of them. */
  readonly completions: readonly string[]
  /** Whether programs record events by SQL, which wait in `signalbox_emitted`; its types are those in `signalbox_event_types`. */
  readonly emitsBySql: boolean
  /** Whether an existing column of this declared type can hold values of `type` without loss. */
  holds(declared: string, type: ColumnType): boolean
  /** The condition that a column with a JSON array has an item of this type that equals `value`. Both are SQL. */
  contains(column: string, value: string, item: ColumnType): string
  /** How an existing column of this declared type holds `type`, where it does not take all values of that as they are. */
  native(declared: string, type: ColumnType): Native | undefined
  encode(value: unknown, type: ColumnType): Value
  decode(value: Value, type: ColumnType): unknown
  readonly watching: Watching
}

/**
 * A column that numbers rows in the order in which they are seen: whoever has seen a number never sees a smaller one
 * appear, and none is given twice, whatever is deleted.
 */
export interface CommitOrder {
  /** Its declaration, without its name. */
  readonly declare: string
  /** How rows come to their numbers; undefined where they have them from the beginning. */
  readonly numbers: Numbers | undefined
}

/** Of rows that have no number yet: given in units of one scope, so that they commit in this order. */
export interface Numbers {
  /**
   * The column by which new rows come in the order in which they were written. No clock decides it: what two processes do to one
   * row, one after the other, is in their order.
   */
  readonly arrival: string
  /** The next number, as SQL. */
  readonly next: string
  /** A query for the `last` value that `arrival` has had of an event, though it may not be seen yet, or never; null before the first. */
  readonly last: string
  /** A query that names as a `writer` each transaction that may have written events and is not over. */
  readonly writers: string
}

/** How a database files what happens to a table, whoever does it: by triggers, in the transaction of the change. */
export interface Watching {
  /** Lists the triggers of all tables, with their `name` and `table`: of one table, those that run last come first. */
  readonly listTriggers: string
  /** Reads what `triggers` needs to know of the table $1. */
  readonly describe: string
  /**
   * Triggers that file each change of a row in `signalbox_changes`: its columns as they were (`before`) and are (`data`),
   * as text for `readRow`. A change of other columns is not filed. Whatever a row holds, filing it does not make the writer
   * fail. Their names begin with `signalbox_` and the watch's name, and end in what they do.
   *
   * @param described the rows of `describe`.
   */
  triggers(watch: Watch, described: readonly Row[]): readonly Trigger[]
  /** The columns of a row that was filed. */
  readRow(filed: string): Row
  dropTrigger(name: string, table: string): string
}

/** A table, and what is filed of it. */
export interface Watch {
  /** What its changes are filed under: a plain word. */
  readonly name: string
  readonly table: string
  /** `id` is among them. */
  readonly columns: readonly string[]
}

export interface Trigger {
  readonly name: string
  readonly create: string
}

export interface Column {
  readonly name: string
  /** As declared: `TEXT`, `varchar(20)`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
  /** Whether the database alone gives it its values. */
  readonly generated: boolean
  /** Whether this column alone identifies a row; undefined of a view, which cannot tell. */
  readonly unique: boolean | undefined
}
