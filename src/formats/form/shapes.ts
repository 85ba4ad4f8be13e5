import { type ArrayShape, type ObjectShape, resolve, type Shape, type Wire } from '../../contract/index.ts'
import { discriminatorOf, kindsOf, membersOf } from '../json/kinds.ts'
import { checkOf, type Spelling, spellingOf } from '../spelling.ts'
import { type FormNode, nodeOf, Refused } from './tree.ts'

/** Reads what a form gives as a value of one shape. What it cannot be is passed on as it was given. @throws Refused */
export type Read = (node: FormNode) => unknown

/** Where a shape's readers come from: a shape may need its own reader inside it. */
interface Readers {
  readonly wire: Wire
  readonly place: string
  readonly of: (shape: Shape) => Read
}

export function compileShape(wire: Wire, place: string): Read {
  const known = new Map<Shape, Read>()
  const readers: Readers = {
    wire,
    place,
    of: shape => {
      const meant = resolve(shape, wire)
      const read = known.get(meant)
      if (read !== undefined) return read
      // What is inside may ask for this reader before it is made.
      let made: Read | undefined
      known.set(meant, node => made?.(node))
      made = readerOf(meant, readers)
      return made
    },
  }
  return readers.of(wire.shape)
}

const ANY: Shape = { kind: 'any' }

function readerOf(shape: Shape, readers: Readers): Read {
  const { wire, place } = readers
  const members = membersOf(shape, wire).map(member => resolve(member, wire))
  const open = members.some(member => member.kind === 'any')
  const array = members.find(member => member.kind === 'array')
  const objects = members.filter(member => member.kind === 'object')
  const scalars = members.filter(member => !['any', 'array', 'object', 'null'].includes(member.kind))
  const spelling = spellingOf({ kind: 'union', of: scalars }, wire, place)
  const list = array && listReader(array, readers)
  const object = objectsReader(objects, readers)
  const readTexts = textsReader(open, spelling, list, emptyOf(shape, array, wire, place))
  return node => {
    if (node.members.size === 0 && node.texts.length > 0) return readTexts(node)
    const numbered = list !== undefined && [...node.members.keys()].every(name => INDEX.test(name))
    return numbered ? list(itemsOf(node)) : object(node)
  }
}

/** What an empty text means where it is not itself a value; undefined where it is. */
function emptyOf(
  shape: Shape,
  array: ArrayShape | undefined,
  wire: Wire,
  place: string,
): (() => unknown) | undefined {
  const nullable = kindsOf(shape, wire).has('null')
  if (!nullable && array === undefined) return undefined
  const isText = (of: Shape) => kindsOf(of, wire).has('string') && checkOf(of, wire, place)('') === undefined
  if (isText(shape)) return undefined
  if (nullable) return () => null
  const items = array?.items
  return items === undefined || kindsOf(items, wire).has('null') || isText(items) ? undefined : () => []
}

function textsReader(
  open: boolean,
  spelling: Spelling | undefined,
  list: ((items: readonly FormNode[]) => unknown) | undefined,
  empty: (() => unknown) | undefined,
): Read {
  return node => {
    const { texts, listed, name, at } = node
    const [text = ''] = texts
    if (listed || texts.length > 1) {
      if (list !== undefined) return list(texts.map(each => nodeOf(name, at, each)))
      if (open || listed) return [...texts]
      throw new Refused(node, 'is given more than once, and may be given once')
    }
    if (text === '' && empty !== undefined) return empty()
    if (list !== undefined && !open && spelling === undefined) return list([nodeOf(name, at, text)])
    return spelling?.(text) ?? text
  }
}

function listReader({ prefix, items = ANY }: ArrayShape, readers: Readers) {
  const first = prefix.map(readers.of)
  const further = readers.of(items)
  return (nodes: readonly FormNode[]): unknown[] => nodes.map((node, i) => (first[i] ?? further)(node))
}

const INDEX = /^(0|[1-9]\d*)$/

/** In the order of their numbers, which may be given in any. */
function itemsOf({ members }: FormNode): FormNode[] {
  const items: FormNode[] = []
  for (const [index, item] of members) {
    // So many different indexes, each below their number, leave no gap.
    if (Number(index) >= members.size) {
      throw new Refused(item, 'leaves a gap: the items of a list are numbered from 0')
    }
    items[Number(index)] = item
  }
  return items
}

interface ObjectReader {
  readonly read: Read
  readonly required: readonly string[]
  /** Whether it says what a member of this name is. */
  readonly names: (name: string) => boolean
}

/** Of several it is the one that a listed field names, else the first whose members these can be. */
function objectsReader(objects: readonly ObjectShape[], readers: Readers): Read {
  const all = objects.map(object => objectReader(object, readers))
  const [only = objectReader(OPEN, readers), ...others] = all
  if (others.length === 0) return only.read
  const told = discriminatorOf(objects, readers.wire)
  const byText = new Map(
    told?.values.flatMap((values, i) => values.map(value => [String(value), all[i]] as const)),
  )
  return node => {
    const has = ({ required }: ObjectReader) => required.every(name => node.members.has(name))
    const namesAll = ({ names }: ObjectReader) => [...node.members.keys()].every(names)
    const [text = ''] = node.members.get(told?.field ?? '')?.texts ?? []
    const chosen = byText.get(text) ?? all.find(object => has(object) && namesAll(object)) ?? all.find(has)
    return (chosen ?? only).read(node)
  }
}

const OPEN: ObjectShape = { kind: 'object', fields: [], rest: ANY }

function objectReader({ fields, rest }: ObjectShape, readers: Readers): ObjectReader {
  const named = new Map(fields.map(field => [field.name, readers.of(field.shape)]))
  const further = readers.of(rest ?? ANY)
  const required = fields.filter(field => field.required)
  const traceless = required.flatMap(({ name, shape }) => {
    const empty = withoutTrace(shape, readers.wire)
    return empty === undefined ? [] : [{ name, empty }]
  })
  return {
    required: required.map(({ name }) => name).filter(name => !traceless.some(each => each.name === name)),
    names: name => rest !== undefined || named.has(name),
    read: ({ members }) => {
      const given: [string, unknown][] = []
      for (const [name, node] of members) given.push([name, (named.get(name) ?? further)(node)])
      for (const { name, empty } of traceless) if (!members.has(name)) given.push([name, empty()])
      return Object.fromEntries(given)
    },
  }
}

/** A form has no fields of an empty list or an object of optional members: where one is required, nothing means it. */
function withoutTrace(shape: Shape, wire: Wire): (() => unknown) | undefined {
  const members = membersOf(shape, wire).map(member => resolve(member, wire))
  if (members.some(member => member.kind === 'array')) return () => []
  const bare = members.some(
    member => member.kind === 'object' && !member.fields.some(field => field.required),
  )
  return bare ? () => ({}) : undefined
}
