import type { Value } from '../port.ts'

/** Asks by whatever the application has its transaction from. Answers the rows. */
export type Ask = (text: string, values: readonly Value[]) => Promise<readonly Answered[]>

/** A row, each of whose columns is a text. */
export interface Answered {
  readonly [column: string]: unknown
}

/**
 * How to ask in the application's transaction, by the shape of what it gives: none of the libraries is imported, and what
 * each binds is bound. Undefined where it is none of them.
 */
export function askerOf(connection: unknown): Ask | undefined {
  for (const { name, argumentsFor } of ASKERS) {
    const call = callOf(connection, name)
    if (call !== undefined) return async (text, values) => rowsOf(await call(argumentsFor(text, values)))
  }
  return undefined
}

/** A method of it, by its name. */
function callOf(connection: unknown, name: string): ((given: readonly unknown[]) => unknown) | undefined {
  if (connection === null || (typeof connection !== 'object' && typeof connection !== 'function'))
    return undefined
  const method: unknown = Reflect.get(connection, name)
  return typeof method === 'function'
    ? given => Reflect.apply(method, connection, given) as unknown
    : undefined
}

interface Asker {
  readonly name: string
  argumentsFor(text: string, values: readonly Value[]): readonly unknown[]
}

/** In this order: what Drizzle calls `query` is no function, and what Knex calls so is none either. */
const ASKERS: readonly Asker[] = [
  // Prisma.
  { name: '$queryRawUnsafe', argumentsFor: (text, values) => [text, ...values] },
  // Kysely: a CompiledQuery.
  {
    name: 'executeQuery',
    argumentsFor: (sql, parameters) => [
      {
        sql,
        parameters,
        query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
        queryId: { queryId: 'signalbox' },
      },
    ],
  },
  // Drizzle: an SQLWrapper, whose SQL is written by its `toQuery`.
  {
    name: 'execute',
    argumentsFor(sql, params) {
      const query = { getSQL: () => query, toQuery: () => ({ sql, params: [...params] }) }
      return [query]
    },
  },
  // Knex.
  {
    name: 'raw',
    argumentsFor(text, values) {
      const bound: Value[] = []
      const asked = text.replaceAll(/\$(\d+)/g, (_, number: string) => {
        bound.push(values[Number(number) - 1] ?? null)
        return '?'
      })
      return [asked, bound]
    },
  },
  // pg.
  { name: 'query', argumentsFor: (text, values) => [text, [...values]] },
]

/** Some answer the rows, most a result that has them. */
function rowsOf(result: unknown): readonly Answered[] {
  if (Array.isArray(result)) return result as readonly Answered[]
  const rows = (result as { readonly rows?: unknown } | undefined | null)?.rows
  return Array.isArray(rows) ? (rows as readonly Answered[]) : []
}
