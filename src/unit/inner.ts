import type { Recording } from './recorder.ts'

export const INNER = Symbol('inner')

/** What a unit gives to handlers of Signalbox's own, beside what all of them are given. */
interface Inner {
  readonly recorder: Recording
  readonly nest: <T>(work: () => Promise<T>) => Promise<T>
}

/** A handler's call may be a copy of its unit, with more in it. Under a symbol this is copied along, and seen by nobody. */
export interface WithInner {
  readonly [INNER]: Inner
}

/** Undefined where the call has no unit. */
export const innerOf = (call: object): Inner | undefined => (call as Partial<WithInner>)[INNER]
