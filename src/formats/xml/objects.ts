import { isBlank } from './characters.ts'
import { XmlFault } from './fault.ts'
import {
  type FieldLayout,
  type Layouts,
  MARKS,
  needsElement,
  type ObjectLayout,
  restPlace,
} from './layout.ts'
import {
  arrayReader,
  type ItemReader,
  isNamed,
  itemReader,
  type ListMarks,
  type ReaderOf,
  readList,
} from './lists.ts'
import { decodeName } from './names.ts'
import type { XmlElement } from './parse.ts'
import {
  deeper,
  isNil,
  memberName,
  misfit,
  type Reading,
  type ReadValue,
  readAny,
  refuseText,
  within,
} from './reading.ts'
import type { Spell } from './scalars.ts'
import type { Tag } from './tags.ts'

type Members = { [name: string]: unknown }

/** Reads the elements of one name. */
type ReadMember = (
  elements: readonly XmlElement[],
  namespace: string,
  depth: number,
  reading: Reading,
) => unknown

/** An element that belongs to a field. */
interface Slot {
  readonly name: string
  readonly tag: Tag
  readonly read: ReadMember
}

/** Reads an object whose members are the elements inside, attributes, or the text. */
export function objectReader(layout: ObjectLayout, layouts: Layouts, readerOf: ReaderOf): ReadValue {
  const { fields, shape } = layout
  const slots = slotsOf(fields, readerOf)
  const names = new Set(fields.map(({ field }) => field.name))
  const readOther = otherReader(layout, layouts, readerOf)
  const text = fields.find(({ node }) => node === 'text' || node === 'cdata')
  return (element, namespace, depth, reading) => {
    const { children } = element
    if (text === undefined && !isBlank(element.text)) {
      if (children.length > 0) refuseText(element)
      return misfit(element, namespace, depth, reading)
    }
    const inside = deeper(element, depth, reading)
    const found = new Map<string, { readonly read: ReadMember; readonly elements: XmlElement[] }>()
    for (const child of children) {
      const slot = slots.get(child.local)?.find(({ tag }) => isNamed(child, tag, namespace))
      const name = slot?.name ?? otherName(child, namespace, names)
      if (slot === undefined && shape.rest === undefined) reading.misfits++
      const known = found.get(name)
      if (known === undefined) found.set(name, { read: slot?.read ?? readOther, elements: [child] })
      else known.elements.push(child)
    }
    const members: Members = {}
    for (const [name, { read, elements }] of found) members[name] = read(elements, namespace, inside, reading)
    readAttributes(element, layout, members, reading)
    for (const field of fields) {
      if (!Object.hasOwn(members, field.field.name)) complete(field, element, members, reading)
    }
    return members
  }
}

function slotsOf(fields: readonly FieldLayout[], readerOf: ReaderOf): Map<string, Slot[]> {
  const slots = new Map<string, Slot[]>()
  const add = (name: string, tag: Tag, read: ReadMember) =>
    slots.set(tag.local, [...(slots.get(tag.local) ?? []), { name, tag, read }])
  for (const layout of fields) {
    const { field, tag, node, nullable } = layout
    if (node === 'list') {
      const { shape, tags, nullItems } = layout.list
      const item = itemReader(shape, tags, readerOf)
      for (const each of tags) add(field.name, each, listReader(item, { nullable, nullItems }))
    } else if (node === 'wrapped') {
      const read = arrayReader(layout.list, readerOf)
      add(field.name, tag, oneReader(within(tag, nullable ? orNull(read) : read)))
    } else if (node === 'element' || needsElement(layout)) {
      add(field.name, tag, oneReader(within(tag, readerOf(field.shape))))
    }
  }
  return slots
}

const orNull =
  (read: ReadValue): ReadValue =>
  (element, ...rest) =>
    isNil(element) ? null : read(element, ...rest)

const listReader =
  (item: ItemReader, marks: ListMarks): ReadMember =>
  (elements, ...rest) =>
    readList(elements, item, marks, ...rest)

const oneReader =
  (read: ReadValue): ReadMember =>
  ([only, another], ...rest) => {
    if (another !== undefined)
      throw new XmlFault('An element of this name is inside this one already', another.at)
    return only && read(only, ...rest)
  }

/** Members that no field names. Where none should be they are passed on all the same, as JSON's are. */
function otherReader({ shape: { rest } }: ObjectLayout, layouts: Layouts, readerOf: ReaderOf): ReadMember {
  if (rest === undefined || rest.kind === 'any') {
    return (elements, ...inside) => {
      const values = elements.map(element => readAny(element, ...inside))
      return values.length === 1 ? values[0] : values
    }
  }
  const place = restPlace(rest, layouts)
  if (place === undefined) return oneReader(readerOf(rest))
  const { nullable, list } = place
  return listReader(itemReader(list.shape, [], readerOf), { nullable, nullItems: list.nullItems })
}

function otherName(element: XmlElement, namespace: string, names: ReadonlySet<string>): string {
  const name = memberName(element, namespace)
  if (names.has(name))
    throw new XmlFault('The member of this name is not written as this element', element.at)
  return name
}

const MARKED: readonly string[] = Object.values(MARKS)

/** Attributes that no field names are passed on with an @ before their name; those with a prefix are passed over. */
function readAttributes(
  element: XmlElement,
  { fields, shape }: ObjectLayout,
  members: Members,
  reading: Reading,
): void {
  for (const { local, namespace, value, at } of element.attributes) {
    const layout = fields.find(
      ({ node, tag }) => node === 'attribute' && tag.local === local && (tag.namespace ?? '') === namespace,
    )
    if (layout?.node === 'attribute') {
      if (Object.hasOwn(members, layout.field.name))
        throw new XmlFault('The member of this name is here twice', at)
      members[layout.field.name] = spelled(layout.spell, value, reading)
    } else if (namespace === '' && !MARKED.includes(local)) {
      if (shape.rest === undefined) reading.misfits++
      members[`@${decodeName(local)}`] ??= value
    }
  }
}

/** What a member is that has no element and no attribute. */
function complete(layout: FieldLayout, element: XmlElement, members: Members, reading: Reading): void {
  const { node, nullable, field } = layout
  const { name, required } = field
  if (node === 'text' || node === 'cdata') {
    if (required || element.text !== '') members[name] = spelled(layout.spell, element.text, reading)
  } else if (required && node === 'list') {
    members[name] = []
  } else if (required && node === 'attribute' && nullable) {
    members[name] = null
  } else if (required) {
    reading.misfits++
  }
}

/** A text that spells no value is passed on as text, for the schema's library to name. */
export function spelled(spell: Spell, text: string, reading: Reading): unknown {
  const value = spell(text)
  if (value === undefined) reading.misfits++
  return value ?? text
}
