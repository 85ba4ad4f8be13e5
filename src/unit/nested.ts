import { innerOf } from './inner.ts'

/**
 * Work of a handler of Signalbox's own that can fail alone: where it rejects, what it changed and recorded is undone, and
 * the unit goes on.
 *
 * @param call what the handler was given.
 */
export function nested<T>(call: object, work: () => Promise<T>): Promise<T> {
  const inner = innerOf(call)
  if (inner === undefined) throw new Error('there is no unit of work to nest in')
  return inner.nest(work)
}

/** What the work writes is told of as at this place of what the caller sent, where it is refused later. */
export function placed<T>(
  call: object,
  place: readonly (string | number)[],
  work: () => Promise<T>,
): Promise<T> {
  const inner = innerOf(call)
  return inner === undefined ? work() : inner.recorder.at(place, work)
}
