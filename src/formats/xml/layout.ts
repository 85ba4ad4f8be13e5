import {
  type ArrayShape,
  DefinitionError,
  type Field,
  type ObjectShape,
  resolve,
  type Shape,
  type Wire,
} from '../../contract/index.ts'
import { type Discriminator, discriminatorOf, type JsonKind, kindsOf, membersOf } from '../json/kinds.ts'
import { disguise, encodeName } from './names.ts'
import { type Scalar, type Spell, spellOf } from './scalars.ts'
import { type Prefixes, type Tag, tagOf, XSI } from './tags.ts'

// Where each part of a shape stands in a document: what the writer and the reader of one schema agree on.

export interface Layouts {
  readonly wire: Wire
  readonly place: string
  readonly prefixes: Prefixes
}

export type FieldLayout = {
  readonly field: Field
  /** Of the element or attribute. Of a list, that of its items; of text, that of the element for what text cannot say. */
  readonly tag: Tag
  readonly nullable: boolean
} & (
  | { readonly node: 'attribute' | 'text' | 'cdata'; readonly spell: Spell }
  | { readonly node: 'element' }
  /** A list as an element of its own around its items. */
  | { readonly node: 'wrapped'; readonly list: ListLayout }
  /** A list that is its items. */
  | { readonly node: 'list'; readonly list: ListLayout }
)

export interface ListLayout {
  readonly shape: ArrayShape
  /** Whether an item can be null, so that a null in place of the list needs a mark. */
  readonly nullItems: boolean
  /** By position; the last one is that of all further items. */
  readonly tags: readonly Tag[]
}

export interface ObjectLayout {
  readonly shape: ObjectShape
  readonly fields: readonly FieldLayout[]
  /** The element of a member that no field names: never one of theirs. */
  readonly nameOf: (key: string) => string
}

/** Where a list that is its items stands. */
export interface ListPlace {
  readonly list: ListLayout
  readonly nullable: boolean
  /** Whether no element at all means something other than an empty list. */
  readonly marked: boolean
}

/** What stands in an element. */
export interface ValueLayout {
  readonly shape: Shape
  readonly members: readonly Shape[]
  readonly kinds: ReadonlySet<JsonKind>
  /** Whether any JSON value may stand here. */
  readonly any: boolean
  /** Whether values of more than one kind, null aside, may stand here. */
  readonly mixed: boolean
  readonly spell: Spell
  readonly objects: Forms
  readonly arrays: Forms
}

/** The members of a union of one kind. */
export interface Forms {
  readonly of: readonly Shape[]
  readonly discriminator: Discriminator | undefined
  /** Whether a mark must say which it is. */
  readonly numbered: boolean
}

/** Attributes in no namespace that say what the elements alone do not. */
export const MARKS = { type: 'type', form: 'form', empty: 'empty' } as const
export const ITEM = 'item'
/** An element whose value is null (XML Schema Part 1 §2.6.2). */
export const NIL = ' xsi:nil="true"'

/** Has the root declare the prefix of `xsi:nil`. */
export const declareNil = ({ prefixes }: Layouts): void => void prefixes.set('xsi', XSI)

export function valueLayout(shape: Shape, { wire, place }: Layouts): ValueLayout {
  const members = membersOf(shape, wire)
  const meant = members.map(member => resolve(member, wire))
  const kinds = kindsOf(shape, wire)
  const any = meant.some(member => member.kind === 'any')
  const objects = formsOf(members, 'object', wire)
  const arrays = formsOf(members, 'array', wire)
  const mixed = !any && kinds.size - (kinds.has('null') ? 1 : 0) > 1
  if (mixed) for (const of of objects.of) refuseAttribute(MARKS.type, of, wire, place)
  if (objects.numbered) for (const of of objects.of) refuseAttribute(MARKS.form, of, wire, place)
  return { shape, members, kinds, any, mixed, spell: spellOf(members, wire), objects, arrays }
}

function formsOf(members: readonly Shape[], kind: 'object' | 'array', wire: Wire): Forms {
  const of = members.filter(member => resolve(member, wire).kind === kind)
  const told = of.length > 1 && kind === 'object' ? discriminatorOf(of, wire) : undefined
  const values = told?.values.flat() ?? []
  // A field tells the members apart in XML where the texts of its values do.
  const legible = !values.includes(null) && new Set(values.map(String)).size === values.length
  const discriminator = legible ? told : undefined
  return { of, discriminator, numbered: of.length > 1 && discriminator === undefined }
}

export function listLayout(shape: ArrayShape, inferred: string, layouts: Layouts): ListLayout {
  const items = itemsOf(shape)
  for (const { xml } of items) {
    const node = xml?.node ?? 'element'
    // Items are elements: `none` is what an array or a reference inside has.
    if (node !== 'element' && node !== 'none') {
      const wrong = `the items of '${inferred}' cannot be ${node} nodes`
      throw new DefinitionError(layouts.place, wrong, 'Leave their `nodeType` out')
    }
  }
  return {
    shape,
    nullItems: items.some(item => kindsOf(item, layouts.wire).has('null')),
    tags: items.map(item => tagOf(item.xml, inferred, layouts)),
  }
}

export function objectLayout(shape: ObjectShape, layouts: Layouts): ObjectLayout {
  const fields = shape.fields.map(field => fieldLayout(field, layouts))
  const names = new Map<string, string>()
  for (const layout of fields) {
    for (const { key, tag } of keysOf(layout)) {
      const other = names.get(key)
      names.set(key, layout.field.name)
      if (other === undefined || other === layout.field.name) continue
      const wrong = `'${other}' and '${layout.field.name}' are both the ${key.startsWith('@') ? 'attribute' : 'element'} '${tag.name}'`
      throw new DefinitionError(layouts.place, wrong, 'Give one of them another `xml.name`')
    }
  }
  refuseMixed(fields, shape, layouts.place)
  const taken = new Set(fields.flatMap(layout => keysOf(layout).map(({ tag }) => tag.local)))
  const nameOf = (key: string) => {
    const name = encodeName(key)
    return taken.has(name) ? disguise(name) : name
  }
  return { shape, fields, nameOf }
}

/** Whether every member is an element. */
export const isAllElements = ({ fields }: ObjectLayout): boolean =>
  fields.every(({ node }) => node === 'element' || node === 'list' || node === 'wrapped')

/** Where lists stand that are members which no field names; undefined where those are no lists. */
export function restPlace(rest: Shape, layouts: Layouts): ListPlace | undefined {
  const array = onlyArray(rest, layouts.wire)
  if (array === undefined || rest.xml?.node === 'element') return undefined
  for (const item of itemsOf(array)) {
    for (const of of membersOf(item, layouts.wire))
      refuseAttribute(MARKS.empty, of, layouts.wire, layouts.place)
  }
  const nullable = kindsOf(rest, layouts.wire).has('null')
  return { list: listLayout(array, ITEM, layouts), nullable, marked: true }
}

const itemsOf = ({ prefix, items }: ArrayShape): Shape[] => [
  ...prefix,
  ...(items === undefined ? [] : [items]),
]

/** The names under which a field is found. */
function keysOf(layout: FieldLayout): { readonly key: string; readonly tag: Tag }[] {
  const tags = layout.node === 'list' ? layout.list.tags : [layout.tag]
  const element = tags.map(tag => ({ key: `${tag.namespace ?? ''}}${tag.local}`, tag }))
  const attribute = element.map(({ key, tag }) => ({ key: `@${key}`, tag }))
  if (layout.node === 'attribute') return needsElement(layout) ? [...attribute, ...element] : attribute
  if (layout.node === 'text' || layout.node === 'cdata') return needsElement(layout) ? element : []
  return element
}

/**
 * Whether the field's name is an element where its attribute or text cannot say the value: null, or an empty string
 * where there may be none. An attribute that must be there is left out for null (OpenAPI 3.2, Handling null Values).
 */
export function needsElement(layout: FieldLayout): boolean {
  const { node, nullable, field } = layout
  if (node === 'attribute') return nullable && !field.required
  return (node === 'text' || node === 'cdata') && (nullable || !field.required)
}

/** Text is all that an element has inside, but for what its attributes and text cannot say. */
function refuseMixed(fields: readonly FieldLayout[], { rest }: ObjectShape, place: string): void {
  const [text, another] = fields.filter(({ node }) => node === 'text' || node === 'cdata')
  if (text === undefined) return
  const beside = another ?? fields.find(({ node }) => node !== 'attribute' && node !== text.node)
  if (beside === undefined && rest === undefined) return
  const what = beside === undefined ? 'members that no field names' : `'${beside.field.name}'`
  const wrong = `'${text.field.name}' is the text of an element that has ${what} in it too`
  throw new DefinitionError(place, wrong, 'Make it an element, or the others attributes')
}

function fieldLayout(field: Field, layouts: Layouts): FieldLayout {
  const { wire, place } = layouts
  const { shape, name } = field
  const node = shape.xml?.node
  const array = onlyArray(shape, wire)
  // The name of a text, or of a list that is its items, is that of no element.
  const nameless = node === 'text' || node === 'cdata' || (array !== undefined && node !== 'element')
  const tag = tagOf(nameless ? undefined : shape.xml, name, layouts)
  const common = { field, tag, nullable: kindsOf(shape, wire).has('null') }
  if (node === 'attribute' || node === 'text' || node === 'cdata') {
    const spell = spellAlone(field, node, layouts)
    return { ...common, node, spell }
  }
  if (array !== undefined && node === 'element') {
    return { ...common, node: 'wrapped', list: listLayout(array, tag.local, layouts) }
  }
  if (array !== undefined) {
    const list = listLayout(array, name, layouts)
    const [first = tag] = list.tags
    if (!field.required || (common.nullable && list.nullItems)) {
      for (const item of itemsOf(array)) {
        for (const of of membersOf(item, wire)) refuseAttribute(MARKS.empty, of, wire, place)
      }
    }
    return { ...common, tag: first, node: 'list', list }
  }
  if (node === 'none') {
    const wrong = `'${name}' has the nodeType 'none', which only a list can have`
    throw new DefinitionError(place, wrong, 'Leave `nodeType` out, so that it is an element')
  }
  return { ...common, node: 'element' }
}

/** The array that a shape is, null aside. */
function onlyArray(shape: Shape, wire: Wire): ArrayShape | undefined {
  const [only, ...others] = membersOf(shape, wire)
    .map(member => resolve(member, wire))
    .filter(member => member.kind !== 'null')
  return only?.kind === 'array' && others.length === 0 ? only : undefined
}

/** How an attribute or a text spells a value, with no room for a mark. */
function spellAlone({ name, shape }: Field, node: string, layouts: Layouts): Spell {
  const { wire, place } = layouts
  const { kinds, spell, members, any } = valueLayout(shape, layouts)
  const scalar = !any && !kinds.has('object') && !kinds.has('array')
  const strings = members.flatMap(member => {
    const meant = resolve(member, wire)
    return meant.kind === 'literal' ? meant.values.filter((value): value is Scalar => value !== null) : []
  })
  const open = members.some(member => resolve(member, wire).kind === 'string')
  const mixed = open && (kinds.has('number') || kinds.has('boolean'))
  if (scalar && !mixed && strings.every(value => spell(String(value)) === value)) return spell
  const wrong = `'${name}' cannot be ${node === 'attribute' ? 'an attribute' : 'text'}: ${
    scalar ? 'one text could be two of its values' : 'it is no string, number or boolean'
  }`
  throw new DefinitionError(place, wrong, 'Leave `nodeType` out, so that it is an element')
}

function refuseAttribute(mark: string, shape: Shape, wire: Wire, place: string): void {
  const meant = resolve(shape, wire)
  if (meant.kind !== 'object') return
  const taken = meant.fields.find(
    field => field.shape.xml?.node === 'attribute' && (field.shape.xml.name ?? field.name) === mark,
  )
  if (taken === undefined) return
  const wrong = `'${taken.name}' is an attribute '${mark}' where '${mark}' says which value it is`
  throw new DefinitionError(place, wrong, 'Make it an element, or give it another `xml.name`')
}
