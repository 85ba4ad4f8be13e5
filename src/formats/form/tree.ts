import { isRefusedName } from '../../http/index.ts'
import { splitName } from './names.ts'
import type { Pair } from './pairs.ts'

/** What a form gives under one name, before any schema says what it is. */
export interface FormNode {
  /** The field that first led here, as it was given; where it begins. */
  readonly name: string
  readonly at: number
  readonly texts: string[]
  /** Given with `[]`. */
  listed: boolean
  /** What lies under it. A node has texts or members, never both. */
  readonly members: Map<string, FormNode>
}

/** Leaves the recursion; never leaves this folder. */
export class Refused extends Error {
  readonly at: number
  readonly tooLarge: boolean
  constructor(
    { name, at }: { readonly name: string; readonly at: number },
    detail: string,
    { tooLarge = false } = {},
  ) {
    super(`The field ${quoted(name)} ${detail}`)
    this.at = at
    this.tooLarge = tooLarge
  }
}

export interface TreeLimits {
  /** Lists and objects in each other, the body itself included. */
  readonly depth: number
  /** Values, those inside others too. */
  readonly values: number
  /** Whether dots separate, as brackets do. */
  readonly dotted: boolean
}

/** As many as PHP and qs take. A list of more is JSON's to carry. */
const MAX_FIELDS = 1000

/** @throws Refused */
export function treeOf(pairs: Iterable<Pair>, { depth, values, dotted }: TreeLimits): FormNode {
  const root = nodeOf('', 0)
  let fields = 0
  let nodes = 1
  for (const { at, rawName, name, text } of pairs) {
    if (++fields > MAX_FIELDS)
      throw new Refused({ name: name ?? rawName, at }, 'is one more than 1,000', { tooLarge: true })
    if (name === undefined || text === undefined) {
      throw new Refused({ name: name ?? rawName, at }, 'is not percent-encoded UTF-8')
    }
    const field = { name, at }
    const path = splitName(name, dotted, depth)
    if ('detail' in path) throw new Refused(field, path.detail)
    let node = root
    for (const segment of path.segments) {
      if (isRefusedName(segment)) throw new Refused(field, `has '${segment}' in its name, which is refused`)
      if (node.texts.length > 0) throw new Refused(field, BOTH)
      let next = node.members.get(segment)
      if (next === undefined) {
        if (++nodes > values) throw new Refused(field, `is in more than ${values} values`, { tooLarge: true })
        next = nodeOf(name, at)
        node.members.set(segment, next)
      }
      node = next
    }
    if (node.members.size > 0) throw new Refused(field, BOTH)
    node.listed ||= path.listed
    node.texts.push(text)
  }
  return root
}

const BOTH = 'is given as a value and with members of its own'

export const nodeOf = (name: string, at: number, ...texts: string[]): FormNode => ({
  name,
  at,
  texts,
  listed: false,
  members: new Map(),
})

/** A name may be as long as the body. */
export const quoted = (name: string): string =>
  `'${name.length > 80 ? `${name.slice(0, 80).toWellFormed()}…` : name}'`
