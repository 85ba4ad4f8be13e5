/** Where a handler's call has what `nested` runs its work by. */
export const nesting = Symbol('nested')

export type Nest = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Work of a handler of Signalbox's own that can fail alone: where it rejects, what it changed and recorded is undone, and
 * the unit goes on.
 *
 * @param call what the handler was given.
 */
export const nested = <T>(call: object, work: () => Promise<T>): Promise<T> =>
  (call as { readonly [nesting]: Nest })[nesting](work)
