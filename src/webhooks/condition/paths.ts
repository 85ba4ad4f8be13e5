import type { ASTNode } from '@marcbachmann/cel-js'
import { closest } from '../../base/index.ts'
import { type Code, isLocal, kindsOf } from './code.ts'
import { type Frame, fail, type Run } from './frame.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import { type Span, shortText, spanOver } from './text.ts'
import { parseTimestamp } from './times.ts'
import { BOOL, describe, itemOf, may, memberNames, memberOf, singles, TIMESTAMP, type Type } from './types.ts'
import { isList, isObject, kindOf } from './values.ts'

const ROOTS = ['data', 'before', 'type', 'at'] as const

/** `data`, `before`, `type`, `at`, or the variable of a macro. */
export function name(node: ASTNode, text: string, scope: Scope): Code {
  const span = spanOf(node)
  const local = scope.locals.get(text)
  if (local !== undefined) {
    const { slot, type } = local
    return { span, type, run: frame => frame.locals?.[slot], parts: [], role: 'local' }
  }
  switch (text) {
    case 'data':
    case 'before':
      return { span, type: scope.data, run: ROOT_READERS[text], parts: [], role: 'path' }
    case 'type':
      return { span, type: scope.name, run: ROOT_READERS.type, parts: [], role: 'path' }
    case 'at':
      return { span, type: TIMESTAMP, run: ROOT_READERS.at, parts: [], role: 'path' }
  }
  const known = [...scope.locals.keys(), ...ROOTS]
  const field = memberOf(scope.data, text) === undefined ? closest(text, known) : `data.${text}`
  return wrong(scope, node, `there is no '${text}'.${hint(field)} There are ${listed(known)}`)
}

const MAX_NAMES = 30
const listed = (names: readonly string[]): string =>
  names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '')

const hint = (meant: string | undefined): string => (meant === undefined ? '' : ` Did you mean ${meant}?`)

const absent = (frame: Frame, root: string): undefined =>
  fail(frame, spanOver(root), text => `${text} is absent: this is ${frame.event.type}`)

const ROOT_READERS: { readonly [R in (typeof ROOTS)[number]]: Run } = {
  data: frame => frame.event.data ?? (frame.event.data === null ? null : absent(frame, 'data')),
  before: frame => frame.event.before ?? (frame.event.before === null ? null : absent(frame, 'before')),
  type: frame => frame.event.type,
  at: frame =>
    timeOf(frame.event.at) ??
    fail(frame, spanOver('at'), () => `at is not an RFC 3339 time: ${frame.event.at}`),
}

/** An event is put to many conditions in a row: its time is read once. */
function timeOf(text: string): number | undefined {
  if (latest.text !== text) latest = { text, ms: parseTimestamp(text) }
  return latest.ms
}
let latest: { readonly text: string; readonly ms: number | undefined } = { text: '', ms: undefined }

/** `base.name`. */
export function member(node: ASTNode, base: Code, key: string, scope: Scope): Code {
  const type = memberOf(base.type, key)
  if (type === undefined) return wrong(scope, node, noMember(base, key), [base], node.pos)
  const span = spanOf(node)
  const isShared = base.role === 'path' && memberNames(base.type).includes(key)
  const run = (isShared ? sharedReader(base.run, key) : undefined) ?? reader(span, base.span, base.run, key)
  return { span, type, run, parts: [base], ...pathFrom(base) }
}

/**
 * The readers of the fields that schemas name, two deep, by the reader of what the field is in. All conditions share
 * them, which keeps them in the processor's cache: 10,000 conditions with readers of their own took half as long again.
 */
const sharedReaders = new Map<Run, { readonly path: string; readonly fields: Map<string, Run> }>([
  [ROOT_READERS.data, { path: 'data', fields: new Map() }],
  [ROOT_READERS.before, { path: 'before', fields: new Map() }],
])

function sharedReader(from: Run, key: string): Run | undefined {
  const shared = sharedReaders.get(from)
  const known = shared?.fields.get(key)
  if (shared === undefined || known !== undefined) return known
  const path = `${shared.path}.${key}`
  const run = reader(spanOver(path), spanOver(shared.path), from, key)
  shared.fields.set(key, run)
  // No deeper: a schema may contain itself, and strangers choose the paths.
  if (from === ROOT_READERS.data || from === ROOT_READERS.before)
    sharedReaders.set(run, { path, fields: new Map() })
  return run
}

const pathFrom = (base: Code): Pick<Code, 'role'> => (base.role === 'path' ? { role: 'path' } : {})

/** `data has no field 'scor'. Did you mean score? It has id, headline, score`. */
export function noMember(base: Code, key: string): string {
  const text = shortText(base.span)
  if (!may(base.type, 'object')) return `${text} is ${describe(base.type)} and has no fields`
  const names = memberNames(base.type)
  return `${text} has no field '${key}'.${hint(closest(key, names))} It has ${listed(names)}`
}

function reader(span: Span, objectSpan: Span, object: Run, key: string): Run {
  return frame => {
    const from = object(frame)
    if (isObject(from)) {
      // Own members only: an event has no 'constructor' unless its JSON does.
      const value = Object.hasOwn(from, key) ? from[key] : undefined
      if (value !== undefined) return value
    }
    if (from === undefined) return undefined
    return fail(frame, span, text =>
      isObject(from) ? `${text} is absent` : notA('an object', objectSpan, from),
    )
  }
}

export const notA = (wanted: string, span: Span, value: unknown): string =>
  `${shortText(span)} is ${kindOf(value)}, where ${wanted} is needed`

/** `list[0]`, `record["name"]`. */
export function index(node: ASTNode, base: Code, at: Code, scope: Scope): Code {
  const span = spanOf(node)
  const parts = [base, at]
  const role = isLocal(at) ? {} : pathFrom(base)
  const key = at.constant?.value
  if (typeof key === 'string') return { ...member(node, base, key, scope), parts }
  const byPlace = may(base.type, 'list') && may(at.type, 'number')
  const byName = may(base.type, 'object') && may(at.type, 'string')
  const type = itemType(base.type, byName)
  if (!(byPlace || byName) || type === undefined) {
    return wrong(scope, node, `nothing to pick: ${kindsOf([base, at])}`, parts)
  }
  return { span, type, run: picker(span, base.span, base.run, at.run), parts, ...role }
}

function picker(span: Span, objectSpan: Span, object: Run, at: Run): Run {
  return frame => {
    const from = object(frame)
    const which = at(frame)
    if (from === undefined || which === undefined) return undefined
    if (isList(from) && typeof which === 'number') {
      const item = from[which]
      if (item !== undefined) return item
      return fail(frame, span, text => `${text} is absent: the list has ${from.length} items`)
    }
    if (isObject(from) && typeof which === 'string' && Object.hasOwn(from, which)) return from[which]
    return fail(frame, span, text =>
      isObject(from) ? `${text} is absent` : notA('a list', objectSpan, from),
    )
  }
}

/** A member whose name is not known yet may be of any type. */
function itemType(type: Type, byName: boolean): Type | undefined {
  return byName ? { kind: 'any' } : itemOf({ kind: 'union', of: singles(type).filter(isListLike) })
}

const isListLike = ({ kind }: Type): boolean => kind === 'list' || kind === 'any'

/** `has(data.author)`: whether it is there; null is. Of `data` and `before` themselves: whether the event has them. */
export function has(node: ASTNode, asked: readonly ASTNode[], scope: Scope): Code {
  const span = spanOf(node)
  const [what] = asked
  if (what?.op === 'id' && (what.args === 'data' || what.args === 'before') && !scope.locals.has(what.args)) {
    const from = what.args
    return { span, type: BOOL, run: ({ event }) => event[from] !== undefined, parts: [] }
  }
  if (asked.length !== 1 || what?.op !== '.')
    return wrong(scope, node, 'has() asks for one field: has(data.author)')
  const base = scope.elaborate(what.args[0], scope)
  const key = what.args[1]
  const run = presence(base.run, key)
  return { span, type: BOOL, run, parts: [member(what, base, key, scope)] }
}

const presence =
  (object: Run, key: string): Run =>
  frame => {
    const from = object(frame)
    if (from === undefined) return undefined
    return isObject(from) && Object.hasOwn(from, key) && from[key] !== undefined
  }
