import { inner, meant, members, type Part, type Reading, refuse } from './schema-part.ts'
import type { JsonSchema, XmlHints, XmlNode } from './shape.ts'

const NODES: readonly unknown[] = ['element', 'attribute', 'text', 'cdata', 'none'] satisfies XmlNode[]

/**
 * What the schemas of one place say of its XML: themselves, else what they refer to, else the one alternative beside
 * null. Undefined where they say nothing.
 *
 * @throws DefinitionError that names the field where it is no XML Object of OpenAPI 3.2.
 */
export function xmlHints(parts: readonly Part[], reading: Reading): XmlHints | undefined {
  const all = parts.flatMap(part => hintsOf(part, reading, []))
  if (all.length === 0) return undefined
  // What is said closer to the place wins.
  return Object.fromEntries(all.toReversed().flatMap(hints => Object.entries(hints)))
}

/** In the order in which they count. */
function hintsOf(part: Part, reading: Reading, seen: readonly string[]): XmlHints[] {
  const { xml, $ref, allOf, anyOf, oneOf } = part.schema
  const found = xml === undefined ? [] : [own(xml, part, reading)]
  if (typeof $ref === 'string' && !seen.includes($ref)) {
    const target = inner(part, meant(part, reading), reading)
    found.push(...hintsOf(target, reading, [...seen, $ref]))
  }
  const [only, ...others] = members(part, anyOf ?? oneOf ?? [], reading).filter(
    choice => choice.schema['type'] !== 'null',
  )
  const inside = [...members(part, allOf ?? [], reading), ...(only && others.length === 0 ? [only] : [])]
  return [...found, ...inside.flatMap(member => hintsOf(member, reading, seen))]
}

function own(xml: unknown, part: Part, reading: Reading): XmlHints {
  const { name, namespace, prefix, nodeType, attribute = false, wrapped = false } = xml as JsonSchema
  const wrong = [name, namespace, prefix].some(text => text !== undefined && typeof text !== 'string')
  const unknown = nodeType !== undefined && !NODES.includes(nodeType)
  const both = nodeType !== undefined && (attribute !== false || wrapped !== false)
  if (wrong || unknown || both) {
    const mend = "Use name, namespace, prefix and one of nodeType, 'attribute: true' or 'wrapped: true'"
    throw refuse(part, reading, 'has an `xml` that OpenAPI 3.2 does not know', mend)
  }
  const node = attribute === true ? 'attribute' : wrapped === true ? 'element' : nodeType
  return {
    ...(name !== undefined && { name: name as string }),
    ...(namespace !== undefined && { namespace: namespace as string }),
    ...(prefix !== undefined && { prefix: prefix as string }),
    ...(node !== undefined && { node: node as XmlNode }),
  }
}
