import { type Span, shortText } from './text.ts'

/** An event as a condition sees it. `data` and `before` are JSON values, undefined where the event has none. */
export interface ConditionEvent {
  readonly type: string
  /** RFC 3339. */
  readonly at: string
  readonly data: unknown
  readonly before: unknown
}

/** What one evaluation works on. Made anew for each, so that nothing of an event stays in a condition. */
export interface Frame {
  readonly event: ConditionEvent
  /** The variables of macros, by how deep they are nested; undefined outside of macros. */
  locals: unknown[] | undefined
  /** What may still be spent; about 10 ns each. */
  steps: number
  /** Whether somebody asks why it has no value. */
  readonly asked: boolean
  /** Why, where it is asked: what failed first, unless all failed because too much was spent. */
  reason: string | undefined
}

/**
 * One part of a condition, ready to run: answers its value, or undefined where it has none because something is
 * absent or failed. JSON knows no undefined, and a value is dearer to throw than to return: most events of a
 * type may lack what a condition asks for.
 */
export type Run = (frame: Frame) => unknown

/** What one evaluation may spend: some 20 ms at worst. */
export const MAX_STEPS = 2_000_000

export const newFrame = (event: ConditionEvent, asked = false): Frame => ({
  event,
  locals: undefined,
  steps: MAX_STEPS,
  asked,
  reason: undefined,
})

/** No value, and why, if somebody asks: a sentence around the part's own text. */
export function fail(frame: Frame, span: Span, why: (text: string) => string): undefined {
  if (frame.asked) frame.reason ??= why(shortText(span))
}

/** Whether the evaluation could still afford it. Once it could not, it can afford nothing. */
export function spend(frame: Frame, steps: number, span: Span): boolean {
  frame.steps -= steps
  if (frame.steps >= 0) return true
  if (frame.asked) frame.reason = `${shortText(span)} takes more than ${MAX_STEPS.toLocaleString('en')} steps`
  return false
}
