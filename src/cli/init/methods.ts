import { type Catalog, columnOf } from './catalog.ts'
import type { Chosen } from './chosen.ts'

const READ = ['list', 'get']

/** What callers may do with rows: read them, and change them where that was asked for and can be done. */
export function planMethods(
  engine: Catalog['engine'],
  { choice, table }: Chosen,
): { readonly methods: readonly string[]; readonly notes: readonly string[] } {
  if (!choice.write) return { methods: READ, notes: [] }
  if (table.kind === 'view')
    return { methods: READ, notes: [`'${table.name}' is a view, so its rows can be read only.`] }
  const why = whyNotCreated(engine, { choice, table })
  const change = ['replace', 'update', 'delete']
  if (why === undefined) return { methods: [...READ, 'create', ...change], notes: [] }
  return { methods: [...READ, ...change], notes: [`Rows of '${table.name}' cannot be created: ${why}.`] }
}

function whyNotCreated(
  engine: Catalog['engine'],
  { choice, table }: Pick<Chosen, 'choice' | 'table'>,
): string | undefined {
  const id = columnOf(table, 'id')
  if (id === undefined) return undefined
  const made = id.default !== undefined || id.generated || (engine === 'sqlite' && /INT/i.test(id.type))
  const length = Number(/\((\d+)\)/.exec(id.type)?.[1] ?? MADE_ID_LENGTH)
  const fits = /text|char|clob/i.test(id.type) && length >= MADE_ID_LENGTH
  if (!made && !fits) return `its 'id' is ${id.type} and has no default that makes one`
  const given = new Set([...choice.columns, choice.owner === 'shared' ? 'id' : choice.owner.column, 'id'])
  const unfilled = table.columns.find(
    column =>
      !given.has(column.name) && !column.nullable && column.default === undefined && !column.generated,
  )
  return unfilled && `its column '${unfilled.name}' must have a value, and is not shared`
}

/** Up to ten letters, an underscore and 26 digits: what the server makes. */
const MADE_ID_LENGTH = 37
