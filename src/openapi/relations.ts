import { expandableOf, type JsonSchema, pascal, type Route, relationText } from '../contract/index.ts'
import { partialName } from './content.ts'
import { type NamedSchemas, schemaRef } from './named-schemas.ts'

type Components = NamedSchemas['components']

/**
 * The schemas of rows with the rows that callers may see in them, which are missing where nobody asked. One schema says what
 * each endpoint answers, expanded or not, so that clients have one type of it.
 */
export function withRelations(components: Components, routes: readonly Route[]): Components {
  const all = { ...components }
  for (const { endpoint, output } of routes) {
    const { selects, open = false } = endpoint
    if (selects === undefined || output === undefined) continue
    const properties = [...expandableOf(selects, open, 1)].map(([name, relation]): [string, JsonSchema] => [
      name,
      {
        anyOf: [schemaRef(pascal(relation.to.name)), { type: 'null' }],
        description: relationText(name, relation),
      },
    ])
    if (properties.length === 0) continue
    const row = output.pageOf ?? output.name
    for (const name of [row, partialName(row)]) addTo(all, name, Object.fromEntries(properties))
  }
  return all
}

/** To the component that the name leads to: two resources of one schema have one. */
function addTo(all: { [name: string]: JsonSchema }, name: string, added: JsonSchema): void {
  const schema = all[name]
  if (schema === undefined) return
  const { $ref, properties } = schema
  if (typeof $ref === 'string') addTo(all, $ref.slice('#/components/schemas/'.length), added)
  else all[name] = { ...schema, properties: { ...(properties as JsonSchema), ...added } }
}
