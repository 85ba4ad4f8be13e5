import { type Catalog, columnOf, type FoundReference } from './catalog.ts'
import type { Chosen } from './chosen.ts'
import { isKey } from './faults.ts'
import { kindOf } from './field.ts'
import { isUnfit } from './kind.ts'
import { isParameter } from './parameter.ts'

export interface RelationPlan {
  readonly name: string
  /** The constant of the resource, or `self`. */
  readonly to: string
  readonly by: string
}

/** The chosen tables, those that are referred to first, and the relations between them. */
export function planRelations(
  engine: Catalog['engine'],
  chosen: readonly Chosen[],
): {
  readonly order: readonly Chosen[]
  readonly relations: ReadonlyMap<Chosen, readonly RelationPlan[]>
  readonly notes: readonly string[]
} {
  const order: Chosen[] = []
  const relations = new Map<Chosen, RelationPlan[]>()
  const notes: string[] = []
  const under = new Set<Chosen>()
  const visit = (from: Chosen): void => {
    if (order.includes(from) || under.has(from)) return
    under.add(from)
    const found: RelationPlan[] = []
    for (const reference of from.table.references) {
      const to = chosen.find(({ table }) => table.name === reference.table)
      if (to === undefined || !isShown(engine, from, to, reference)) continue
      if (to !== from) visit(to)
      const why = whyNot(from, to, reference.column, under)
      if (why === undefined) found.push(relationOf(from, to, reference, found))
      else notes.push(`'${from.table.name}.${reference.column}' is an id without a relation: ${why}.`)
    }
    under.delete(from)
    relations.set(from, found)
    order.push(from)
  }
  for (const each of chosen) visit(each)
  return { order, relations, notes }
}

/** Whether the column is chosen, is not the owner, and holds ids of the other table. */
function isShown(
  engine: Catalog['engine'],
  { choice, table }: Chosen,
  to: Chosen,
  { column, target }: FoundReference,
): boolean {
  const found = columnOf(table, column)
  const isOwner = choice.owner !== 'shared' && choice.owner.column === column
  const isChosen = choice.columns.includes(column) && column !== 'id' && !isOwner
  if (!isChosen || found === undefined || target !== 'id' || !hasId(to)) return false
  return isKey(engine, found) && !isUnfit(kindOf(engine, found))
}

const hasId = ({ table }: Chosen): boolean => columnOf(table, 'id') !== undefined

function whyNot(from: Chosen, to: Chosen, column: string, under: ReadonlySet<Chosen>): string | undefined {
  if (!isParameter(column)) return 'lists cannot be filtered by a field of this name'
  if (to === from) return undefined
  if (under.has(to))
    return `'${to.table.name}' refers to '${from.table.name}' in turn, and one must be declared first`
  if (from.choice.owner === 'shared' && to.choice.owner !== 'shared')
    return `every account sees '${from.table.name}', and the rows of '${to.table.name}' belong to one`
  return undefined
}

/** Called like its column without the end that says that it is an id. */
function relationOf(
  { choice, table }: Chosen,
  to: Chosen,
  { column }: FoundReference,
  others: readonly RelationPlan[],
): RelationPlan {
  const target = to.table === table ? 'self' : to.names.value
  const bare = column
    .replace(/[_ ]?(?:id|fk|ref)$/i, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
  const fields = ['id', ...choice.columns]
  const free = (name: string): boolean =>
    /^[a-z][a-z0-9_]*$/.test(name) &&
    !others.some(other => other.name === name) &&
    !fields.some(field => field === name || field.startsWith(`${name}.`))
  const names = [bare, to.names.resource, `${bare}_${to.names.resource}`, `${to.names.resource}_row`]
  let name = names.find(free) ?? ''
  for (let n = 2; !free(name); n++) name = `${to.names.resource}_${n}`
  return { name, to: target, by: column }
}
