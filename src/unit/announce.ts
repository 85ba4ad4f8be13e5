import type { Recording } from './recorder.ts'

const written = Symbol('deliveries written')

/** What `deliveriesWritten` finds in a handler's call. */
export const announcing = (recorder: Recording): object => ({ [written]: () => recorder.deliveryWritten() })

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
