import type { EventType } from './event.ts'
import type { Expandable, Expanded } from './expanded.ts'
import type { OperationType, TaskType } from './operation-type.ts'
import type { Fail, Problems } from './problems.ts'
import type { Resource } from './resource.ts'

/**
 * One page of rows, newest first unless a sort says otherwise: as many as were asked for, or fewer where they are more than about
 * 1 MiB. `next` continues it, null at the end.
 */
export interface Page<R> {
  readonly data: readonly R[]
  readonly next: string | null
  /** The cursor of the page before, null at the start. Of a page that is answered it stands in `Link`. */
  readonly prev?: string | null
}

export interface ListQuery<R> {
  /** 1 to 100. Default: 20. */
  readonly limit?: number
  /** The `next` of the page before, with the same `where` and `sort`. */
  readonly cursor?: string
  /** Only rows that meet all of it: `{ link, score: { gte: 10, lt: 20 }, tags: { contains: 'tech' } }`. */
  readonly where?: Where<R>
  /** `['-score', 'headline']`: the greatest score first. Rows without a value count as the least. Default: newest first. */
  readonly sort?: readonly Sort<R>[]
}

/** What fields must be: a value, or a condition. */
export type Where<R> = { readonly [K in keyof R]?: R[K] | Condition<NonNullable<R[K]>> }

/** A field, or one with a `-` for the greatest first. */
export type Sort<R> = keyof R & string extends infer K extends string ? K | `-${K}` : never

/** What the value of a field must be. Times are compared as times. */
export type Condition<T> = [T] extends [readonly (infer Item)[]]
  ? {
      /** In the list is this item. */
      readonly contains?: Item
      /** True: there is no list. */
      readonly null?: boolean
    }
  : [T] extends [string | number | boolean]
    ? {
        readonly eq?: T
        /** Rows without a value meet it too. */
        readonly ne?: T
        readonly gt?: T
        readonly gte?: T
        readonly lt?: T
        readonly lte?: T
        /** 100 values at most. */
        readonly in?: readonly T[]
        /** True: there is no value. */
        readonly null?: boolean
      }
    : never

/** What a caller asks to see of rows. */
export interface Selection {
  /** Default: all. */
  readonly fields?: readonly string[]
  /** Relations whose rows are shown as well, and with dots those of these: `['author', 'author.city']`. Default: none. */
  readonly expand?: readonly string[]
}

/**
 * Rows as the standard methods show them. What is not selected may be there or not, so whoever answers them writes what is
 * selected and nothing else.
 */
export interface SelectedRows<R> {
  get(id: string, selection?: Selection): Promise<R | undefined>
  list(query?: ListQuery<R> & Selection): Promise<Page<R>>
}

/** The rows of a resource that the caller's account may read. */
export interface ReadRows<R> {
  get(id: string): Promise<R | undefined>
  list(query?: ListQuery<R>): Promise<Page<R>>
}

/** The rows of a resource that the caller's account owns. Each change records its event in the same unit of work. */
export interface Rows<C, R> extends ReadRows<R> {
  create(value: C): Promise<R>
  /** Sets the whole row, but what the server makes. Ends the unit with 404 `not-found` where there is no such row. */
  replace(id: string, value: C): Promise<R>
  /** Sets the named fields; the others stay. Ends the unit with 404 `not-found` where there is no such row. */
  patch(id: string, change: Partial<C>): Promise<R>
  /** False where there was no such row. */
  delete(id: string): Promise<boolean>
}

/** What is added to the rows of a resource that has relations: a get and a list with `expand`. */
export type Expanding<R, L> = [keyof L] extends [never]
  ? unknown
  : {
      get<const E extends Expandable<L>>(
        id: string,
        selection: { readonly expand: readonly E[] },
      ): Promise<Expanded<R, L, E> | undefined>
      list<const E extends Expandable<L>>(
        query: ListQuery<R> & { readonly expand: readonly E[] },
      ): Promise<Page<Expanded<R, L, E>>>
    }

/** Values that a statement takes. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** Statements of your own in the unit of work, with `$1`, `$2` … for values. They record events of watched resources only. */
export interface Sql {
  get(text: string, ...values: SqlValue[]): Promise<{ [column: string]: unknown } | undefined>
  all(text: string, ...values: SqlValue[]): Promise<{ [column: string]: unknown }[]>
  /** Answers the number of rows changed. */
  run(text: string, ...values: SqlValue[]): Promise<number>
}

/** What the handler of a GET or QUERY works with. It is no transaction, so it may await what it likes. */
export interface Reading<Pr extends Problems = Problems> {
  on<N extends string, C, R, L>(resource: Resource<N, C, R, L>): ReadRows<R> & Expanding<R, L>
  readonly fail: Fail<Pr>
  readonly sql: Pick<Sql, 'get' | 'all'>
  readonly now: Date
}

/**
 * What a handler may await inside its unit of work: these, and nothing else.
 * All of it commits together, or none of it.
 */
export interface Unit<E extends EventType = EventType, Pr extends Problems = Problems> {
  on<N extends string, C, R, L>(resource: Resource<N, C, R, L>): Rows<C, R> & Expanding<R, L>
  /** Records an event of the caller's account; it is delivered after the unit has committed. */
  emit<D>(type: E & EventType<string, D>, data: NoInfer<D>): void
  /** Starts work outside the request. Answers the operation's id. */
  start<I>(operation: OperationType<string, I>, input: NoInfer<I>): Promise<string>
  /** Puts a task off: it runs after the unit has committed, in the name of the same account unless another is named. */
  later<I>(
    task: TaskType<string, I>,
    input: NoInfer<I>,
    options?: { readonly account?: string },
  ): Promise<void>
  readonly fail: Fail<Pr>
  readonly sql: Sql
  /** The time of this unit. */
  readonly now: Date
}
