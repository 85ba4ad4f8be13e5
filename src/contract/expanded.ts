// What handlers are given who ask for rows with those that they refer to: types only, and of a resource without relations none.

/** How many relations in a row are followed: `author.city.country`. */
type Deeper = readonly [never, 0, 1, 2]
type Depth = 0 | 1 | 2 | 3

/** The relations of what a relation leads to; those of the resource itself where it leads there. */
type Behind<L, K extends keyof L> = L[K] extends { readonly to: infer To }
  ? To extends 'self'
    ? L
    : To extends { readonly related?: infer Further }
      ? NonNullable<Further>
      : never
  : never

/** The rows of what a relation leads to. */
type RowOf<L, K extends keyof L, Self> = L[K] extends { readonly to: infer To }
  ? To extends 'self'
    ? Self
    : To extends { readonly row?: infer Row }
      ? NonNullable<Row>
      : never
  : never

/** What can be expanded: `author`, and `author.city` behind it. */
export type Expandable<L, D extends Depth = 3> = D extends 0
  ? never
  : { [K in keyof L & string]: K | `${K}.${Expandable<Behind<L, K>, Deeper[D] & Depth>}` }[keyof L & string]

type First<E extends string> = E extends `${infer K}.${string}` ? K : E
type Rest<E extends string, K extends string> = E extends `${K}.${infer Path}` ? Path : never

/** A row, with the rows that the expanded relations lead to; null where there is none. */
export type Expanded<R, L, E extends string> = [E] extends [never]
  ? R
  : R & {
      [K in First<E> & keyof L & string]: Expanded<RowOf<L, K, R>, Behind<L, K>, Rest<E, K>> | null
    }
