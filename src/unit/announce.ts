import { innerOf } from './inner.ts'
import type { Recording } from './recorder.ts'

/**
 * Tells, from a handler of Signalbox's own, that it has written deliveries: they go out as soon as the unit is on
 * disk, rather than at the next poll.
 *
 * @param call what the handler was given.
 */
export const deliveriesWritten = (call: object): void => innerOf(call)?.recorder.deliveryWritten()

/** Tells that it has changed a webhook, or taken it away: this process sends nothing to it any more as it was, once the unit is on disk. */
export const webhookChanged = (call: object, id: string): void => innerOf(call)?.recorder.webhookChanged(id)

/** Tells that the unit settles an operation: who waits for its end hears of it as soon as the unit is on disk. */
export const operationSettled = (call: object, id: string): void =>
  innerOf(call)?.recorder.operationSettled(id)

/** Records an event that no resource or `emit` does, and answers its id. `data` and `before` are JSON. */
export function recordEvent(call: object, ...event: Parameters<Recording['event']>): string {
  const inner = innerOf(call)
  if (inner === undefined) throw new Error('an event was recorded outside a unit of work')
  return inner.recorder.event(...event)
}
