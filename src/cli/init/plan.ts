import type { Catalog } from './catalog.ts'
import type { ChosenTable } from './choices.ts'
import type { Chosen } from './chosen.ts'
import { faultsOf, ownerFaults } from './faults.ts'
import { type FieldPlan, planFields } from './fields.ts'
import type { SharedSchema } from './kind.ts'
import { type Listing, planListing } from './listing.ts'
import { planMethods } from './methods.ts'
import { type Names, namesOf } from './names.ts'
import { planRelations, type RelationPlan } from './relations.ts'

/** A definition: what is written into its file, in its order. */
export interface Plan {
  readonly engine: Catalog['engine']
  readonly resources: readonly ResourcePlan[]
  readonly schemas: readonly SharedSchema[]
  /** What whoever asked for it should know. */
  readonly notes: readonly string[]
}

export interface ResourcePlan extends Listing {
  readonly names: Names
  readonly table: string
  readonly comment: string | undefined
  readonly fields: readonly FieldPlan[]
  /** A column, or `shared`. */
  readonly owner: string
  readonly relations: readonly RelationPlan[]
  readonly methods: readonly string[]
}

/** Why nothing can be written: each with its place and the mend. */
export interface Refused {
  readonly faults: readonly string[]
}

/** What is chosen of a catalog, as a definition. Nothing else of it is. */
export function planDefinition(catalog: Catalog, choices: readonly ChosenTable[]): Plan | Refused {
  if (choices.length === 0) return { faults: ['No table is chosen, so there is nothing to write.'] }
  const faults = choices.flatMap(choice => faultsOf(catalog, choice))
  if (faults.length > 0) return { faults }
  const names = namesOf(choices.map(({ name }) => name))
  const chosen = choices.flatMap((choice, i): readonly Chosen[] => {
    const table = catalog.tables.find(({ name }) => name === choice.name)
    const called = names[i]
    return table === undefined || called === undefined ? [] : [{ choice, table, names: called }]
  })
  const wrongOwners = chosen.flatMap(each => ownerFaults(catalog.engine, each))
  if (wrongOwners.length > 0) return { faults: wrongOwners }
  const { order, relations, notes } = planRelations(catalog.engine, chosen)
  const planned = order.map(each => planResource(catalog, each, relations.get(each) ?? []))
  const schemas = new Set(planned.flatMap(({ fields }) => fields.flatMap(({ shared }) => shared ?? [])))
  return {
    engine: catalog.engine,
    resources: planned.map(({ resource }) => resource),
    schemas: (['Decimal', 'Int64', 'Json'] as const).filter(name => schemas.has(name)),
    notes: [...planned.flatMap(each => each.notes), ...notes],
  }
}

function planResource(
  { engine }: Catalog,
  chosen: Chosen,
  relations: readonly RelationPlan[],
): {
  readonly resource: ResourcePlan
  readonly fields: readonly FieldPlan[]
  readonly notes: readonly string[]
} {
  const { choice, table, names } = chosen
  const owner = choice.owner === 'shared' ? 'shared' : choice.owner.column
  const { methods, notes: withheld } = planMethods(engine, chosen)
  const { fields, notes } = planFields(engine, chosen, methods)
  const view =
    table.kind === 'view'
      ? [`'${table.name}' is a view: that each id stands in it once is yours to see to.`]
      : []
  return {
    resource: {
      names,
      table: table.name,
      comment: table.comment,
      fields,
      owner,
      relations,
      methods,
      ...planListing(table, fields, relations),
    },
    fields,
    notes: [...view, ...notes, ...withheld],
  }
}
