import type { Recording } from './recorder.ts'

const written = Symbol('deliveries written')
const settled = Symbol('operation settled')
const happened = Symbol('event recorded')

/** What `deliveriesWritten`, `operationSettled` and `recordEvent` find in a handler's call. */
export const announcing = (recorder: Recording): object => ({
  [written]: () => recorder.deliveryWritten(),
  [settled]: (id: string) => recorder.operationSettled(id),
  [happened]: (...event: Parameters<Recording['event']>) => recorder.event(...event),
})

/**
 * Tells, from a handler of Signalbox's own, that it has written deliveries: they go out as soon as the unit is on
 * disk, rather than at the next poll.
 *
 * @param call what the handler was given.
 */
export function deliveriesWritten(call: object): void {
  const announce = (call as { readonly [written]?: () => void })[written]
  announce?.()
}

/** Tells that the unit settles an operation: who waits for its end hears of it as soon as the unit is on disk. */
export function operationSettled(call: object, id: string): void {
  const announce = (call as { readonly [settled]?: (id: string) => void })[settled]
  announce?.(id)
}

/** Records an event that no resource or `emit` does, and answers its id. `data` and `before` are JSON. */
export function recordEvent(call: object, ...event: Parameters<Recording['event']>): string {
  const record = (call as { readonly [happened]?: Recording['event'] })[happened]
  if (record === undefined) throw new Error('an event was recorded outside a unit of work')
  return record(...event)
}
