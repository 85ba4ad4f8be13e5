import type { EventType } from '../contract/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { createBoundedMap } from './bounded-map.ts'
import { type Condition, type ConditionEvent, conditionFor } from './condition/condition.ts'

/** Whether a webhook is called for an event, and if not, why not. */
export type Verdict =
  | { readonly met: true; readonly because: null }
  | { readonly met: false; readonly because: string }

/** Judges one event, for as many conditions as webhooks have. It never throws. */
export type Judge = (when: string | null) => Verdict

const MET: Verdict = { met: true, because: null }

/** @param type undefined where the api has no such type any more: no condition is met then. */
export function judgeOf(event: StoredEvent, type: EventType | undefined): Judge {
  let parsed: ConditionEvent | undefined
  const read = () => {
    parsed ??= parse(event)
    return parsed
  }
  return when => {
    if (when === null) return MET
    if (type === undefined) return unmet(`the api has no event '${event.type}' any more`)
    try {
      const { condition, fault } = conditionOf(type)(when)
      if (condition === undefined) return unmet(`the condition does not fit the event's schema: ${fault}`)
      return condition.met(read()) ? MET : unmet(condition.because(read()))
    } catch (error) {
      return unmet(`the condition failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

const unmet = (because: string): Verdict => ({ met: false, because })

const parse = ({ type, at, data, before }: StoredEvent): ConditionEvent => ({
  type,
  at,
  data: data === null ? undefined : JSON.parse(data),
  before: before === null ? undefined : JSON.parse(before),
})

interface Compiled {
  readonly condition?: Condition
  readonly fault?: string
}

/** Conditions kept for each type of event, 1.5 KB each: compiling one costs as much as asking it thirty times. */
const MAX_CONDITIONS = 10_000
const conditions = new WeakMap<EventType, (when: string) => Compiled>()

function conditionOf(type: EventType): (when: string) => Compiled {
  const known = conditions.get(type)
  if (known !== undefined) return known
  const made = createBoundedMap(MAX_CONDITIONS, (when: string): Compiled => {
    const compiled = conditionFor(when, type)
    if ('condition' in compiled) return compiled
    return { fault: compiled.faults.map(({ message }) => message).join('; ') }
  })
  conditions.set(type, made)
  return made
}
