/**
 * What a handler has begun in its unit of work. A unit ends when all of it has ended, awaited or not: a forgotten `await`
 * would otherwise write after the unit's events are recorded, or after the undoing of what it belongs to.
 */
export interface Calls {
  /** Makes a call one of the unit's. */
  own<T>(call: () => Promise<T>): Promise<T>
  /** Whether the handler and all that it began have ended. */
  readonly over: boolean
  /** Runs the handler and waits for what it left behind; where that fails, the unit fails. */
  enclose<T>(handler: () => T | Promise<T>): Promise<T>
}

export function createCalls(): Calls {
  const open = new Set<Promise<unknown>>()
  let over = false
  let ended = false
  let stray: { readonly error: unknown } | undefined

  function own<T>(call: () => Promise<T>): Promise<T> {
    if (over) return refuse()
    const promise = call()
    open.add(promise)
    promise.then(
      () => open.delete(promise),
      (error: unknown) => {
        open.delete(promise)
        // While the handler runs, whoever awaits the call decides what its failure means. (Handled here, a failure
        // that nobody awaits does not end the process.)
        if (ended) stray ??= { error }
      },
    )
    return promise
  }

  return {
    own,
    get over() {
      return over
    },
    async enclose(handler) {
      const outcome = await settle(handler)
      ended = true
      while (open.size > 0) await Promise.allSettled(open)
      over = true
      if ('error' in outcome) throw outcome.error
      if (stray !== undefined) throw stray.error
      return outcome.value
    },
  }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown }

async function settle<T>(handler: () => T | Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await handler() }
  } catch (error) {
    return { error }
  }
}

/** Nobody may be waiting for the answer, and that must not end the process. */
function refuse(): Promise<never> {
  const refused = Promise.reject(new Error('this unit of work is over: await what you begin in it'))
  refused.catch(() => undefined)
  return refused
}
