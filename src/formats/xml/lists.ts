import type { ArrayShape, Shape } from '../../contract/index.ts'
import { isBlank } from './characters.ts'
import type { ListLayout } from './layout.ts'
import type { XmlElement } from './parse.ts'
import { deeper, isEmptyList, isNil, misfit, type Reading, type ReadValue, within } from './reading.ts'
import type { Tag } from './tags.ts'

/** Makes the reader of a shape, or finds the one that was made. */
export type ReaderOf = (shape: Shape) => ReadValue

/** The reader of the item at a position. */
export type ItemReader = (position: number) => ReadValue

/** `tags` are those of the items, by position, where they are known. */
export function itemReader(
  { prefix, items }: ArrayShape,
  tags: readonly Tag[],
  readerOf: ReaderOf,
): ItemReader {
  const readers = [...prefix, ...(items === undefined ? [] : [items])].map((shape, i) => {
    const tag = tags[i]
    return tag === undefined ? readerOf(shape) : within(tag, readerOf(shape))
  })
  const further = items === undefined ? misfit : (readers.at(-1) ?? misfit)
  return position => readers[position] ?? further
}

/** Reads an array whose items are the elements inside. */
export function arrayReader({ shape, tags }: ListLayout, readerOf: ReaderOf): ReadValue {
  const item = itemReader(shape, tags, readerOf)
  return (element, namespace, depth, reading) => {
    const { children, text } = element
    const isItem = (child: XmlElement) => tags.some(tag => isNamed(child, tag, namespace))
    if (!isBlank(text) || !children.every(isItem)) return misfit(element, namespace, depth, reading)
    const inside = deeper(element, depth, reading)
    return children.map((child, i) => item(i)(child, namespace, inside, reading))
  }
}

/** Whether an element is called so, where the elements around it that name no namespace have this one. */
export const isNamed = ({ local, namespace }: XmlElement, tag: Tag, around: string): boolean =>
  local === tag.local && namespace === (tag.namespace ?? around)

/** What of a list the elements alone do not say. */
export interface ListMarks {
  readonly nullable: boolean
  readonly nullItems: boolean
}

/** Reads a list that is its items. */
export function readList(
  elements: readonly XmlElement[],
  item: ItemReader,
  { nullable, nullItems }: ListMarks,
  namespace: string,
  depth: number,
  reading: Reading,
): unknown {
  const [only, another] = elements
  if (only === undefined) return []
  if (another === undefined && isEmptyList(only)) return isNil(only) ? null : []
  if (another === undefined && nullable && !nullItems && isNil(only)) return null
  const inside = deeper(only, depth, reading)
  return elements.map((element, i) => item(i)(element, namespace, inside, reading))
}
