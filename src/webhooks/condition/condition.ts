import type { ASTNode } from '@marcbachmann/cel-js'
import { type EventType, wireOf } from '../../contract/index.ts'
import type { Code, Found } from './code.ts'
import { elaborate } from './elaborate.ts'
import { explain } from './explain.ts'
import { type ConditionEvent, newFrame, type Run } from './frame.ts'
import { truth } from './logic.ts'
import { parseCondition } from './parse.ts'
import type { Scope } from './scope.ts'
import { STRING, type Type, typeOf } from './types.ts'

export type { ConditionEvent } from './frame.ts'

/** What is wrong with a condition, for whoever wrote it. */
export interface ConditionFault {
  /** The type of events that it is wrong for; undefined where it is wrong for every one that the webhook is for. */
  readonly eventType: string | undefined
  readonly message: string
  /** From 1; columns in Unicode code points. */
  readonly position: { readonly line: number; readonly column: number } | undefined
}

/** A condition that was checked. It keeps nothing of an event, and neither of its functions throws. */
export interface Condition {
  /** Whether it is true of an event. What touches something absent, or fails, is not. */
  readonly met: (event: ConditionEvent) => boolean
  /** Why it is not met, in 500 characters at most: the part that decided, with the values that it saw. */
  readonly because: (event: ConditionEvent) => string
}

export type Compiled = { readonly condition: Condition } | { readonly faults: readonly ConditionFault[] }

const MAX_FAULTS = 10

/** Checks a condition against the schema of each type of event that a webhook is for. */
export const compileCondition = (source: string, types: readonly EventType[]): Compiled =>
  compile(source, types, { kind: 'string', values: types.map(type => type.name) })

/**
 * Prepares a condition that was checked before for one of the types that its webhook is for. What else `type` may be
 * does not matter: `type == "article.created" || data.score > 10` is a condition for updated articles, too.
 */
export const conditionFor = (source: string, type: EventType): Compiled => compile(source, [type], STRING)

function compile(source: string, types: readonly EventType[], name: Type): Compiled {
  const tree = parseCondition(source)
  if ('message' in tree) return { faults: [faultOf(source, tree, undefined)] }
  const runs = new Map<string, Run>()
  const found: { readonly type: string; readonly fault: Found }[] = []
  // The types of one resource share a schema, so they share what was prepared for it.
  for (const [schema, sharing] of Map.groupBy(types, type => type.schema)) {
    const { code, faults } = programFor(tree, schema, name)
    for (const type of sharing) {
      runs.set(type.name, code.run)
      found.push(...faults.map(fault => ({ type: type.name, fault })))
    }
  }
  if (found.length > 0) return { faults: gathered(source, found, types.length) }
  return { condition: { met: metBy(runs), because: reasonsOf(source, types) } }
}

function programFor(tree: ASTNode, schema: EventType['schema'], name: Type) {
  const wire = wireOf(schema, 'output', 'an event')
  const faults: Found[] = []
  const scope: Scope = {
    data: typeOf(wire.shape, wire),
    name,
    depth: 0,
    locals: new Map(),
    faults,
    elaborate,
  }
  return { code: truth(tree, elaborate(tree, scope), scope), faults }
}

function metBy(runs: ReadonlyMap<string, Run>): Condition['met'] {
  const [[firstType, firstRun] = []] = runs
  return event => {
    const run = event.type === firstType ? firstRun : runs.get(event.type)
    try {
      return run?.(newFrame(event)) === true
    } catch {
      // Only what is no JSON can throw: a getter, a proxy.
      return false
    }
  }
}

/**
 * Checks the condition a second time, in some 50 µs, when a reason is first asked for. If what was learnt of its parts
 * were kept from the first time, what 10,000 conditions need to run would lie so far apart in memory that evaluating
 * them took half as long again.
 */
function reasonsOf(source: string, types: readonly EventType[]): Condition['because'] {
  const programs = new Map<string, Code>()
  const programOf = (name: string): Code | undefined => {
    const known = programs.get(name)
    const type = types.find(one => one.name === name)
    const tree = known === undefined ? parseCondition(source) : undefined
    if (type === undefined || tree === undefined || 'message' in tree) return known
    const { code } = programFor(tree, type.schema, STRING)
    programs.set(name, code)
    return code
  }
  return event => {
    try {
      const program = programOf(event.type)
      if (program !== undefined) return explain(program, event)
      return `the condition was not checked for events of the type '${event.type}'`
    } catch (error) {
      return `the condition could not be evaluated: ${error instanceof Error ? error.message : 'the event is no JSON'}`
    }
  }
}

/** The same fault for every type is one. */
function gathered(
  source: string,
  found: readonly { readonly type: string; readonly fault: Found }[],
  types: number,
): readonly ConditionFault[] {
  const same = Map.groupBy(found, ({ fault }) => `${fault.at} ${fault.message}`)
  const faults = [...same.values()].flatMap(those => {
    const holdsForAll = new Set(those.map(({ type }) => type)).size === types
    const [first] = those
    if (holdsForAll && first !== undefined) return [faultOf(source, first.fault, undefined)]
    return those.map(({ type, fault }) => faultOf(source, fault, type))
  })
  return faults.slice(0, MAX_FAULTS)
}

function faultOf(source: string, { at, message }: Found, eventType: string | undefined): ConditionFault {
  const lines = source.slice(0, at).split('\n')
  const column = Array.from(lines.at(-1) ?? '').length + 1
  return { eventType, message, position: { line: lines.length, column } }
}
