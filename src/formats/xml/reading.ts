import { isRefusedName } from '../../http/index.ts'
import { isBlank } from './characters.ts'
import { XmlFault } from './fault.ts'
import { MARKS } from './layout.ts'
import { decodeName } from './names.ts'
import type { XmlElement } from './parse.ts'
import { spelledAs } from './scalars.ts'
import { type Tag, XSI } from './tags.ts'

/** What one reading of a document keeps in mind. */
export interface Reading {
  /** Arrays and objects in each other. */
  readonly depth: number
  /** How often something was not as its schema says, which tells the forms of a union apart. */
  misfits: number
  /** What the forms of a union were read as: once for each element, or their number would multiply at each level. */
  readonly known: Map<ReadValue, Map<XmlElement, { readonly value: unknown; readonly misfits: number }>>
}

/** Reads what is in an element. `namespace` is that of the elements around it which name none, `depth` its level. */
export type ReadValue = (element: XmlElement, namespace: string, depth: number, reading: Reading) => unknown

export function attributeOf({ attributes }: XmlElement, local: string, namespace = ''): string | undefined {
  if (attributes.length === 0) return undefined
  return attributes.find(found => found.local === local && found.namespace === namespace)?.value
}

/** Whether it says that its value is null, and has none. */
export const isNil = (element: XmlElement): boolean =>
  element.attributes.length > 0 &&
  /^[ \t\n\r]*(true|1)[ \t\n\r]*$/.test(attributeOf(element, 'nil', XSI) ?? '') &&
  isEmpty(element)

/** Whether it stands for a list without items. */
export const isEmptyList = (element: XmlElement): boolean =>
  attributeOf(element, MARKS.empty) === 'true' && isEmpty(element)

const isEmpty = ({ children, text }: XmlElement): boolean => children.length === 0 && isBlank(text)

export function deeper(element: XmlElement, depth: number, reading: Reading): number {
  if (depth < reading.depth) return depth + 1
  throw new XmlFault(`More than ${reading.depth} arrays and objects in each other`, element.at)
}

/** The name of a member that no field names: with the namespace where that is another than the one around it. */
export function memberName({ local, namespace, at }: XmlElement, around: string): string {
  const name = decodeName(local)
  if (isRefusedName(name)) throw new XmlFault(`A member may not be called ${name}`, at)
  if (!name.isWellFormed()) throw new XmlFault('A name has half of a surrogate pair', at)
  return namespace === around ? name : `{${namespace}}${name}`
}

/**
 * Reads what no schema describes: text is a string unless a mark says otherwise, elements are members, and those of one
 * name a list.
 */
export const readAny: ReadValue = (element, namespace, depth, reading) => {
  if (isNil(element)) return null
  const { children, text } = element
  const type = attributeOf(element, MARKS.type)
  if (children.length === 0 && type !== 'array' && type !== 'object') return spelledAs(type, text)
  refuseText(element)
  const inside = deeper(element, depth, reading)
  const read = (child: XmlElement) => readAny(child, namespace, inside, reading)
  if (type === 'array') return children.map(read)
  const lists = new Map<string, unknown[]>()
  for (const child of children) {
    const name = memberName(child, namespace)
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [read(child)])
    else list.push(read(child))
  }
  return Object.fromEntries([...lists].map(([name, list]) => [name, list.length === 1 ? list[0] : list]))
}

/** Between elements there is white space, and nothing else. */
export function refuseText({ text, at }: XmlElement): void {
  if (!isBlank(text)) throw new XmlFault('There is text between the elements inside this one', at)
}

/** Reads what its schema does not expect here as what it looks like, for the schema's library to name. */
export const misfit: ReadValue = (element, namespace, depth, reading) => {
  reading.misfits++
  return readAny(element, namespace, depth, reading)
}

/** In the namespace of a tag that puts what is inside into its own. */
export function within({ inherited, namespace }: Tag, read: ReadValue): ReadValue {
  return inherited && namespace !== undefined
    ? (element, _, depth, reading) => read(element, namespace, depth, reading)
    : read
}
