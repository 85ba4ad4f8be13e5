import type { ASTNode } from '@marcbachmann/cel-js'
import { type Code, kindsOf, weightOf } from './code.ts'
import { type Frame, fail, type Run, spend } from './frame.ts'
import { truth } from './logic.ts'
import { notA } from './paths.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import type { Span } from './text.ts'
import { BOOL, itemOf, listOf, nameOf, type Type } from './types.ts'
import { isList, isObject, namesIn } from './values.ts'

export const MACROS = ['all', 'exists', 'exists_one', 'filter', 'map'] as const
type Macro = (typeof MACROS)[number]

export const isMacro = (name: string): name is Macro => MACROS.some(one => one === name)

/** `data.tags.exists(tag, tag == "sport")`. Over an object it goes through the names. */
export function macro(node: ASTNode, kind: Macro, range: Code, args: readonly ASTNode[], scope: Scope): Code {
  const span = spanOf(node)
  const [variable, ...bodies] = args
  const item = itemOf(range.type)
  if (item === undefined) return wrong(scope, node, `${kindsOf([range])}: ${kind}() needs a list`, [range])
  if (variable?.op !== 'id' || bodies.length === 0 || bodies.length > (kind === 'map' ? 2 : 1))
    return wrong(scope, node, `${kind}() is written data.tags.${kind}(tag, …)`, [range])
  const slot = scope.depth
  const locals = new Map([...scope.locals, [variable.args, { slot, type: item }]])
  const inside = bodies.map(body => scope.elaborate(body, { ...scope, locals, depth: slot + 1 }))
  const checked = inside.map((body, i) =>
    kind === 'map' && i === inside.length - 1 ? body : truth(bodies[i] ?? node, body, scope),
  )
  const cost = 2 * checked.reduce((sum, body) => sum + weightOf(body), 1)
  const items = itemsOf(range.run, range.span)
  const [type, run] = macroRun(kind, checked, item, items, entering(slot, cost, span))
  return { span, type, run, parts: [range, ...checked] }
}

const itemsOf =
  (read: Run, span: Span): Items =>
  frame => {
    const from = read(frame)
    if (isList(from)) return from
    if (isObject(from)) return namesIn(from, frame, span)
    return from === undefined ? undefined : fail(frame, span, () => notA(nameOf(['list']), span, from))
  }

const entering =
  (slot: number, cost: number, span: Span): Enter =>
  (frame, value) => {
    frame.locals ??= []
    frame.locals[slot] = value
    return spend(frame, cost, span)
  }

type Items = (frame: Frame) => readonly unknown[] | undefined
type Enter = (frame: Frame, value: unknown) => boolean

function macroRun(
  kind: Macro,
  bodies: readonly Code[],
  item: Type,
  items: Items,
  enter: Enter,
): readonly [Type, Run] {
  const [first, last] = [bodies[0]?.run, bodies.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a macro has a body')
  switch (kind) {
    case 'all':
    case 'exists':
      return [BOOL, quantifier(kind === 'exists', first, items, enter)]
    case 'exists_one':
      return [BOOL, isOne(selector(first, undefined, items, enter))]
    case 'filter':
      return [listOf(item), selector(first, undefined, items, enter)]
    case 'map':
      return [listOf(last.type), selector(bodies.length === 2 ? first : undefined, last.run, items, enter)]
  }
}

const isOne =
  (select: Items): Run =>
  frame => {
    const found = select(frame)
    return found === undefined ? undefined : found.length === 1
  }

/** One item that decides is enough; others may fail (CEL specification, "Macros"). */
function quantifier(decides: boolean, body: Run, items: Items, enter: Enter): Run {
  return frame => {
    const all = items(frame)
    if (all === undefined) return undefined
    let failed = false
    for (const value of all) {
      if (!enter(frame, value)) return undefined
      const result = body(frame)
      if (result === decides) return decides
      if (result !== !decides) failed = true
    }
    return failed ? undefined : !decides
  }
}

/** The items that pass, each as `map` makes it. One that fails fails the whole. */
function selector(test: Run | undefined, map: Run | undefined, items: Items, enter: Enter): Items {
  return frame => {
    const all = items(frame)
    if (all === undefined) return undefined
    const found: unknown[] = []
    for (const value of all) {
      if (!enter(frame, value)) return undefined
      const passes = test === undefined ? true : test(frame)
      if (passes === false) continue
      const made = map === undefined ? value : map(frame)
      if (passes !== true || made === undefined) return undefined
      found.push(made)
    }
    return found
  }
}
