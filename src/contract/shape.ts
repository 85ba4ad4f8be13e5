/**
 * What a schema says about the wire, in the few forms that readers, writers, columns and documents work from.
 *
 * A shape is made once, at start, from the JSON Schema 2020-12 that a schema library gives (`shapeOf`). A keyword that
 * has no form here is refused when the api is built, so no later room needs to know JSON Schema.
 */
export type Shape =
  | AnyShape
  | NullShape
  | BooleanShape
  | NumberShape
  | StringShape
  | LiteralShape
  | ArrayShape
  | ObjectShape
  | UnionShape
  | RefShape

/** How a value stands in XML (OpenAPI 3.2, XML Object), said where it stands: a field, an item, the whole. */
export interface XmlHints {
  /** Of the element or attribute, in place of the one that follows from where it stands. */
  readonly name?: string
  readonly namespace?: string
  readonly prefix?: string
  /** `attribute: true` is read as 'attribute', `wrapped: true` as 'element'. */
  readonly node?: XmlNode
}
export type XmlNode = 'element' | 'attribute' | 'text' | 'cdata' | 'none'

interface Placed {
  readonly xml?: XmlHints
}
/** Any JSON value. */
export interface AnyShape extends Placed {
  readonly kind: 'any'
}
export interface NullShape extends Placed {
  readonly kind: 'null'
}
export interface BooleanShape extends Placed {
  readonly kind: 'boolean'
}
export interface NumberShape extends Placed {
  readonly kind: 'number'
  readonly integer: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
}
export interface StringShape extends Placed {
  readonly kind: 'string'
  /** In Unicode code points (JSON Schema Validation §6.3). */
  readonly minLength?: number
  readonly maxLength?: number
  /** ECMA-262 source; every one must match. */
  readonly patterns: readonly string[]
  readonly format?: string
}
/** One of these values: `enum` and `const`. */
export interface LiteralShape extends Placed {
  readonly kind: 'literal'
  readonly values: readonly (string | number | boolean | null)[]
}
export interface ArrayShape extends Placed {
  readonly kind: 'array'
  /** The shapes of the first items, by position. */
  readonly prefix: readonly Shape[]
  /** The shape of all further items; undefined where none may follow. */
  readonly items: Shape | undefined
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems: boolean
}
export interface ObjectShape extends Placed {
  readonly kind: 'object'
  readonly fields: readonly Field[]
  /** The shape of members that no field names; undefined where they are not part of the wire. */
  readonly rest: Shape | undefined
  /** What the names of such members must be. */
  readonly names?: Shape
  readonly minProperties?: number
  readonly maxProperties?: number
}
export interface Field {
  readonly name: string
  readonly shape: Shape
  readonly required: boolean
  /** Made by the server: shown in answers, ignored in requests (JSON Schema Validation §9.4). */
  readonly readOnly: boolean
}
export interface UnionShape extends Placed {
  readonly kind: 'union'
  readonly of: readonly Shape[]
}
/** A named shape of `Wire.definitions`, which is how a shape contains itself. */
export interface RefShape extends Placed {
  readonly kind: 'ref'
  /** The reference as the schema has it: `#`, `#/$defs/Node`. */
  readonly name: string
}

/** JSON Schema 2020-12 as data. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** One side of a schema: as a document, and as a shape. */
export interface Wire {
  readonly jsonSchema: JsonSchema
  readonly shape: Shape
  readonly definitions: ReadonlyMap<string, Shape>
}

/** Follows references to the shape that is meant. */
export function resolve(shape: Shape, wire: Wire): Exclude<Shape, RefShape> {
  let at = shape
  while (at.kind === 'ref') {
    const next = wire.definitions.get(at.name)
    if (next === undefined) throw new Error(`no definition '${at.name}'`)
    at = next
  }
  return at
}

/** The shape of a field, where the wire is an object that has one of this name. */
export function fieldOf(wire: Wire, name: string): Exclude<Shape, RefShape> | undefined {
  const shape = resolve(wire.shape, wire)
  const field = shape.kind === 'object' ? shape.fields.find(each => each.name === name) : undefined
  return field && resolve(field.shape, wire)
}

/**
 * The regular expression that a pattern means: Unicode, as JSON Schema Core §6.4 asks; without it where the source
 * has escapes that only the old grammar knows (`\-` outside a class).
 *
 * @throws SyntaxError where it is neither.
 */
export function patternOf(source: string): RegExp {
  // What may stand before is not looked for: from each of its beginnings V8 would look through the whole text.
  const found = source.replace(/^\.\*(?!\?)/, '')
  try {
    return new RegExp(found, 'u')
  } catch {
    return new RegExp(found)
  }
}
