import { type ObjectShape, resolve, type Shape } from '../../contract/index.ts'
import { isBlank } from './characters.ts'
import {
  type Forms,
  ITEM,
  type Layouts,
  listLayout,
  MARKS,
  objectLayout,
  type ValueLayout,
  valueLayout,
} from './layout.ts'
import { arrayReader, isNamed, type ReaderOf } from './lists.ts'
import { objectReader, spelled } from './objects.ts'
import type { XmlElement } from './parse.ts'
import { attributeOf, isNil, misfit, type Reading, type ReadValue, readAny } from './reading.ts'
import { spelledAs } from './scalars.ts'

/** Makes the readers of what is in an element, by shape: each once, since a shape may contain itself. */
export function readersOf(layouts: Layouts): ReaderOf {
  const made = new Map<Shape, ReadValue>()
  const readerOf: ReaderOf = shape => {
    const meant = resolve(shape, layouts.wire)
    const known = made.get(meant)
    if (known !== undefined) return known
    let read: ReadValue = misfit
    made.set(meant, (...inside) => read(...inside))
    read = valueReader(valueLayout(meant, layouts), layouts, readerOf)
    made.set(meant, read)
    return read
  }
  return readerOf
}

function valueReader(layout: ValueLayout, layouts: Layouts, readerOf: ReaderOf): ReadValue {
  if (layout.any) return readAny
  const nullable = layout.kinds.has('null')
  const object = formsReader(layout.objects, layouts, readerOf)
  const array = formsReader(layout.arrays, layouts, readerOf)
  const scalar: ReadValue = (element, namespace, depth, reading) =>
    element.children.length > 0
      ? misfit(element, namespace, depth, reading)
      : spelled(layout.spell, element.text, reading)
  const only = layout.mixed ? undefined : (object ?? array ?? scalar)
  const read = only ?? mixedReader(layout, object, array, scalar)
  return (element, namespace, depth, reading) => {
    if (!isNil(element)) return read(element, namespace, depth, reading)
    if (!nullable) reading.misfits++
    return null
  }
}

/** Reads a value of one of several kinds: by its mark, else elements inside are an object's, and text is a scalar. */
function mixedReader(
  { kinds, spell }: ValueLayout,
  object: ReadValue | undefined,
  array: ReadValue | undefined,
  scalar: ReadValue,
): ReadValue {
  const marked: { readonly [type: string]: ReadValue | undefined } = { object, array }
  return (element, namespace, depth, reading) => {
    const type = attributeOf(element, MARKS.type) ?? ''
    const { children, text } = element
    const read = type === 'object' || type === 'array' ? marked[type] : undefined
    if (read !== undefined) return read(element, namespace, depth, reading)
    if (children.length > 0) return (object ?? array ?? misfit)(element, namespace, depth, reading)
    if (type !== '' && kinds.has(type as 'string')) return spelledAs(type, text)
    const container = object ?? array
    return spell(text) === undefined && isBlank(text) && container !== undefined
      ? container(element, namespace, depth, reading)
      : scalar(element, namespace, depth, reading)
  }
}

/** Reads an object or an array of one of several forms. Undefined where there is none. */
function formsReader(forms: Forms, layouts: Layouts, readerOf: ReaderOf): ReadValue | undefined {
  const readers = forms.of.map(shape => {
    const meant = resolve(shape, layouts.wire)
    if (meant.kind === 'array') return arrayReader(listLayout(meant, ITEM, layouts), readerOf)
    return objectReader(objectLayout(meant as ObjectShape, layouts), layouts, readerOf)
  })
  const [first] = readers
  if (first === undefined || readers.length === 1) return first
  const told = forms.discriminator && toldBy(forms, layouts)
  return (element, namespace, depth, reading) => {
    const given = told?.(element, namespace) ?? Number(attributeOf(element, MARKS.form) ?? 0) - 1
    const read = readers[given]
    return read === undefined
      ? readBest(readers, element, namespace, depth, reading)
      : read(element, namespace, depth, reading)
  }
}

/** Tells by a listed field which form an element has. */
function toldBy(
  { of, discriminator }: Forms,
  layouts: Layouts,
): (element: XmlElement, namespace: string) => number | undefined {
  const fields = of.map((shape, i) => {
    const { fields: all } = objectLayout(resolve(shape, layouts.wire) as ObjectShape, layouts)
    const layout = all.find(({ field }) => field.name === discriminator?.field)
    return layout && { layout, texts: new Set(discriminator?.values[i]?.map(String)) }
  })
  return (element, namespace) => {
    const found = fields.findIndex(field => {
      if (field === undefined) return false
      const { node, tag } = field.layout
      if (node === 'attribute') return field.texts.has(attributeOf(element, tag.local, tag.namespace) ?? '')
      if (node === 'text' || node === 'cdata') return field.texts.has(element.text)
      return field.texts.has(element.children.find(child => isNamed(child, tag, namespace))?.text ?? '')
    })
    return found === -1 ? undefined : found
  }
}

/** What the form gives that fits best; of several, the first. */
function readBest(
  readers: readonly ReadValue[],
  element: XmlElement,
  namespace: string,
  depth: number,
  reading: Reading,
): unknown {
  const [key] = readers
  const known = key && reading.known.get(key)?.get(element)
  if (known !== undefined) {
    reading.misfits += known.misfits
    return known.value
  }
  const before = reading.misfits
  let best: { readonly value: unknown; readonly misfits: number } | undefined
  for (const read of readers) {
    reading.misfits = 0
    const value = read(element, namespace, depth, reading)
    if (best === undefined || reading.misfits < best.misfits) best = { value, misfits: reading.misfits }
    if (best.misfits === 0) break
  }
  const { value, misfits } = best ?? { value: undefined, misfits: 0 }
  reading.misfits = before + misfits
  if (key !== undefined) {
    const values = reading.known.get(key) ?? new Map<XmlElement, { value: unknown; misfits: number }>()
    reading.known.set(key, values.set(element, { value, misfits }))
  }
  return value
}
