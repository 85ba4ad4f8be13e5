import { DefinitionError, type JsonSchema, pascal } from '../contract/index.ts'
import {
  documentOf,
  isOwnReference,
  objectsIn,
  type SchemaDocument,
  seenThrough,
  targetOf,
  withReferences,
} from './schema-document.ts'

/** A schema and what it is to be called. */
export interface Claim {
  readonly name: string
  readonly schema: JsonSchema
  /** Where it comes from, for messages: `endpoint GET /articles, output`. */
  readonly place: string
  /** True where it is used in pieces (query parameters) and so is no component itself. */
  readonly inPieces?: boolean
  /** True where a copy of it inside another schema is meant to be the same thing: the row of a resource. */
  readonly isRow?: boolean
}

export interface NamedSchemas {
  /** `components.schemas`: what was claimed, and what it contains by reference. No schema stands here twice. */
  readonly components: { readonly [name: string]: JsonSchema }
  /** A schema claimed in pieces, with its references leading to components. */
  inPieces(claimed: JsonSchema): JsonSchema
}

export const schemaRef = (name: string): { readonly $ref: string } => ({ $ref: pointer(name) })

const pointer = (name: string): string => `#/components/schemas/${name}`

/**
 * Gives every schema one component. Two claims of the same schema are a component and an alias of it.
 *
 * @throws DefinitionError where two different schemas claim one name.
 */
export function nameSchemas(claims: readonly Claim[]): NamedSchemas {
  const read = claims.map(claim => ({ claim, document: documentOf(claim.schema) }))
  const classes = classesOf(read.map(({ document }) => document))
  const classOf = (schema: JsonSchema): number => classes.get(schema) ?? Number.NaN
  const names = claimedNames(read, classOf)
  const components = new Map<string, JsonSchema>()

  const render = (schema: JsonSchema, document: SchemaDocument, owner: string): JsonSchema =>
    withReferences(schema, (inner, property) => {
      const reference = inner['$ref']
      if (!isOwnReference(reference)) return names.ofRow.get(classOf(inner))
      const target = targetOf(reference, document)
      const known = names.ofClass.get(classOf(target))
      if (known !== undefined) return pointer(known)
      const name = freeName(reference, property, owner, names.taken)
      names.taken.set(name, undefined)
      names.ofClass.set(classOf(target), name)
      components.set(name, render(target, document, owner))
      return pointer(name)
    })

  for (const { claim, document } of read) {
    if (claim.inPieces || components.has(claim.name)) continue
    const root = seenThrough(document.root, document)
    const name = names.ofClass.get(classOf(root)) ?? claim.name
    components.set(claim.name, name === claim.name ? render(root, document, name) : schemaRef(name))
  }
  const pieces = new Map<JsonSchema, JsonSchema>()
  for (const { claim, document } of read) {
    if (!claim.inPieces) continue
    pieces.set(claim.schema, render(seenThrough(document.root, document), document, claim.name))
  }
  return { components: Object.fromEntries(components), inPieces: claimed => pieces.get(claimed) ?? {} }
}

interface Names {
  /** Every name, with its claim where it has one. */
  readonly taken: Map<string, Claim | undefined>
  readonly ofClass: Map<number, string>
  /** The references to rows. */
  readonly ofRow: ReadonlyMap<number, string>
}

function claimedNames(
  read: readonly { readonly claim: Claim; readonly document: SchemaDocument }[],
  classOf: (schema: JsonSchema) => number,
): Names {
  const taken = new Map<string, Claim | undefined>()
  const ofClass = new Map<number, string>()
  const ofRow = new Map<number, string>()
  const classByName = new Map<string, number>()
  for (const { claim, document } of read) {
    if (claim.inPieces) continue
    const { name, place } = claim
    if (!/^[A-Za-z0-9._-]+$/.test(name)) {
      throw new DefinitionError(
        place,
        `the schema name '${name}' cannot stand in a document`,
        'Use letters and digits',
      )
    }
    const own = classOf(seenThrough(document.root, document))
    const other = taken.get(name)
    if (other !== undefined && classByName.get(name) !== own) {
      throw new DefinitionError(
        place,
        `the schema name '${name}' belongs to another schema already (${other.place})`,
        'Set `names` on one of the endpoints, or rename the resource',
      )
    }
    taken.set(name, other ?? claim)
    classByName.set(name, own)
    if (!ofClass.has(own)) ofClass.set(own, name)
    if (claim.isRow) ofRow.set(own, pointer(ofClass.get(own) ?? name))
  }
  return { taken, ofClass, ofRow }
}

/** A definition keeps the name that somebody gave it; one that a library numbered is called after its owner and property. */
function freeName(
  reference: string,
  property: string | undefined,
  owner: string,
  taken: ReadonlyMap<string, unknown>,
): string {
  const given = /^#\/\$defs\/([A-Za-z][A-Za-z0-9_-]*[A-Za-z])$/.exec(reference)?.[1]
  const described = `${owner}${pascal((property ?? 'part').replaceAll(/[^A-Za-z0-9_-]/g, ''))}`
  for (const name of given === undefined ? [described] : [given, `${owner}${pascal(given)}`]) {
    if (!taken.has(name)) return name
  }
  let count = 2
  while (taken.has(`${described}${count}`)) count++
  return `${described}${count}`
}

/**
 * Schemas that say the same are of one class, whatever their definitions are called and however far a recursion is
 * written out: Moore's refinement, which splits classes until their members cannot be told apart.
 */
function classesOf(documents: readonly SchemaDocument[]): ReadonlyMap<JsonSchema, number> {
  const nodes = documents.flatMap(document =>
    [document.root, ...document.definitions.values()].flatMap(schema =>
      [...new Set([schema, ...objectsIn(schema)])].map(each => ({ schema: each, document })),
    ),
  )
  let classes = new Map(nodes.map(({ schema }) => [schema, 0]))
  for (let count = 1; ; ) {
    const numbers = new Map<string, number>()
    const known = classes
    classes = new Map(
      nodes.map(({ schema, document }) => {
        const classAsText = ({ $ref }: JsonSchema) =>
          isOwnReference($ref) ? String(known.get(targetOf($ref, document))) : undefined
        const text = JSON.stringify(withReferences(schema, classAsText))
        const number = numbers.get(text) ?? numbers.size
        numbers.set(text, number)
        return [schema, number]
      }),
    )
    if (numbers.size === count) return classes
    count = numbers.size
  }
}
