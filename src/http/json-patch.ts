import { parsePointer } from './pointer.ts'
import { isRefusedName } from './refused-names.ts'

// JSON Patch (RFC 6902): applied to a copy, so that a patch which fails has changed nothing (RFC 5789 §2).

/** More than these no caller writes by hand; each may move all items of a list. */
const MAX_OPERATIONS = 1000
/** Of values that a patch puts into place, in characters and items: copies of copies would double without end. */
const MAX_WRITTEN = 2 ** 20
/** Arrays and objects in each other, as in a body. */
const MAX_DEPTH = 64

export interface PatchFault {
  /** Whether a `test` has not found what it names. Otherwise the patch is none, or names what is not there. */
  readonly isTest: boolean
  /** Where in the patch: `[2, 'path']`. */
  readonly path: readonly (string | number)[]
  readonly detail: string
}

/** What a patch makes of a JSON value, which is not changed itself. Work and result are bounded, whatever the patch. */
export function applyJsonPatch(
  target: unknown,
  patch: unknown,
): { readonly value: unknown } | { readonly fault: PatchFault } {
  if (!Array.isArray(patch)) return refused([], 'A JSON Patch is an array of operations.')
  if (patch.length > MAX_OPERATIONS)
    return refused([], `There are ${patch.length} operations; a patch has ${MAX_OPERATIONS} at most.`)
  let root = structuredClone(target)
  const write = createWriter()
  for (const [index, operation] of patch.entries()) {
    try {
      root = perform(root, operation, write)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const { isTest, path, message } = error
      return { fault: { isTest, path: [index, ...path], detail: message } }
    }
  }
  return { value: root }
}

const refused = (path: PatchFault['path'], detail: string): { readonly fault: PatchFault } => ({
  fault: { isTest: false, path, detail },
})

class Fault extends Error {
  readonly isTest: boolean
  readonly path: PatchFault['path']

  constructor(member: 'op' | 'path' | 'from' | 'value' | undefined, detail: string, isTest = false) {
    super(detail)
    this.isTest = isTest
    this.path = member === undefined ? [] : [member]
  }
}

type Members = Record<string, unknown>
type Path = readonly string[]

/** One operation (RFC 6902 §4). Answers the root, which may be another one now. */
function perform(root: unknown, operation: unknown, write: Write): unknown {
  if (!isObject(operation)) throw new Fault(undefined, 'An operation is an object.')
  const path = pathOf(operation, 'path')
  switch (operation['op']) {
    case 'add':
      return add(root, path, write(givenValue(operation), path.length))
    case 'remove':
      remove(root, path)
      return root
    case 'replace':
      return replace(root, path, write(givenValue(operation), path.length))
    case 'move': {
      const from = pathOf(operation, 'from')
      const value = find(root, from, 'from')
      if (startsWith(path, from)) {
        if (path.length === from.length) return root
        throw new Fault('path', 'Nothing can be moved into itself.')
      }
      remove(root, from)
      return add(root, path, write(value, path.length))
    }
    case 'copy':
      return add(root, path, write(find(root, pathOf(operation, 'from'), 'from'), path.length))
    case 'test':
      if (isEqual(find(root, path, 'path'), givenValue(operation))) return root
      throw new Fault('value', `What is at '${String(operation['path'])}' is not this.`, true)
    default:
      throw new Fault('op', 'An operation is one of add, remove, replace, move, copy and test.')
  }
}

function pathOf(operation: Members, member: 'path' | 'from'): Path {
  const text = operation[member]
  const path = typeof text === 'string' ? parsePointer(text) : undefined
  if (path === undefined) throw new Fault(member, `'${member}' is a JSON Pointer (RFC 6901): '/tags/0'.`)
  const refused = path.find(isRefusedName)
  if (refused !== undefined) throw new Fault(member, `A member may not be called ${refused}.`)
  return path
}

function givenValue(operation: Members): unknown {
  if (Object.hasOwn(operation, 'value')) return operation['value']
  throw new Fault('value', "The operation has no 'value'.")
}

const NOTHING = Symbol('nothing')

function find(root: unknown, path: Path, member: 'path' | 'from'): unknown {
  let value = root
  for (const key of path) value = childOf(value, key)
  if (value === NOTHING) throw nothing(member)
  return value
}

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    const index = indexOf(key, value.length - 1)
    return index === undefined ? NOTHING : value[index]
  }
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : NOTHING
}

/** Digits without a zero before them (RFC 6901 §4). */
function indexOf(key: string, last: number): number | undefined {
  const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY
  return index <= last ? index : undefined
}

const nothing = (member: 'path' | 'from'): Fault => new Fault(member, 'There is nothing at this place.')

/** What `path` is in, and what it is called there; undefined for the root. */
function placeOf(root: unknown, path: Path): { readonly parent: unknown; readonly key: string } | undefined {
  const key = path.at(-1)
  return key === undefined ? undefined : { parent: find(root, path.slice(0, -1), 'path'), key }
}

function add(root: unknown, path: Path, value: unknown): unknown {
  const place = placeOf(root, path)
  if (place === undefined) return value
  const { parent, key } = place
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : indexOf(key, parent.length)
    if (index === undefined) throw nothing('path')
    parent.splice(index, 0, value)
  } else if (isObject(parent)) parent[key] = value
  else throw nothing('path')
  return root
}

function remove(root: unknown, path: Path): void {
  const place = placeOf(root, path)
  if (place === undefined) throw new Fault('path', 'The whole cannot be removed.')
  const { parent, key } = place
  if (childOf(parent, key) === NOTHING) throw nothing('path')
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent as Members, key)
}

function replace(root: unknown, path: Path, value: unknown): unknown {
  const place = placeOf(root, path)
  if (place === undefined) return value
  const { parent, key } = place
  if (childOf(parent, key) === NOTHING) throw nothing('path')
  const members = parent as Members
  members[key] = value
  return root
}

type Write = (value: unknown, depth: number) => unknown

/** Copies values to where they are written: later operations change them there, and the patch stays as it is. */
function createWriter(): Write {
  let left = MAX_WRITTEN
  const spend = (size: number): void => {
    left -= size
    if (left < 0) throw new Fault(undefined, 'The patch writes more than a body may hold.')
  }
  return function write(value, depth): unknown {
    if (typeof value === 'string') spend(value.length)
    spend(1)
    if (typeof value !== 'object' || value === null) return value
    if (depth >= MAX_DEPTH)
      throw new Fault(undefined, `It would be nested deeper than ${MAX_DEPTH} arrays and objects.`)
    if (Array.isArray(value)) return value.map(item => write(item, depth + 1))
    // Whatever its name, a member is a member: assigning one called `__proto__` would not make it one.
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        spend(name.length)
        return [name, write(member, depth + 1)]
      }),
    )
  }
}

/** Equality of JSON values (RFC 6902 §4.6): the order of members does not count, nor how a number is spelled. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (!isObject(a) || !isObject(b)) return a === b
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every(name => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  )
}

const startsWith = (path: Path, start: Path): boolean => start.every((key, i) => path[i] === key)

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** JSON Schema 2020-12 of a patch. */
export const jsonPatchSchema = {
  type: 'array',
  description: 'A JSON Patch (RFC 6902): all of its operations are carried out, or none.',
  maxItems: MAX_OPERATIONS,
  items: {
    type: 'object',
    properties: {
      op: { enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
      path: { type: 'string', description: 'A JSON Pointer (RFC 6901): /tags/0' },
      from: { type: 'string', description: 'The same, for move and copy' },
      value: { description: 'For add, replace and test' },
    },
    required: ['op', 'path'],
  },
} as const
