import type { FoundTable } from './catalog.ts'
import type { FieldPlan } from './fields.ts'
import { isParameter } from './parameter.ts'
import type { RelationPlan } from './relations.ts'

/** By what lists are filtered and sorted. */
export interface Listing {
  readonly filter: readonly string[]
  readonly sort: readonly string[]
}

/** What is indexed: whatever else would read the whole table. Relations are filters without being named. */
export function planListing(
  { indexed }: FoundTable,
  fields: readonly FieldPlan[],
  relations: readonly RelationPlan[],
): Listing {
  const referring = new Set(relations.map(({ by }) => by))
  const usable = fields.filter(({ name }) => name !== 'id' && indexed.includes(name) && isParameter(name))
  return {
    filter: usable.filter(({ name, kind }) => kind.filter && !referring.has(name)).map(nameOf),
    sort: usable.filter(({ name, kind }) => kind.sort && !referring.has(name)).map(nameOf),
  }
}

const nameOf = ({ name }: FieldPlan): string => name
