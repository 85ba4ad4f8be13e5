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
  let open = 0
  let over = false
  let ended = false
  let stray: { readonly error: unknown } | undefined
  let emptied: (() => void) | undefined

  const settled = (): void => {
    open--
    if (open === 0) emptied?.()
  }
  const failed = (error: unknown): void => {
    // While the handler runs, whoever awaits the call decides what its failure means. (Handled here, a failure that
    // nobody awaits does not end the process.)
    if (ended) stray ??= { error }
    settled()
  }

  return {
    own(call) {
      if (over) return refuse()
      const promise = call()
      open++
      promise.then(settled, failed)
      return promise
    },
    get over() {
      return over
    },
    async enclose(handler) {
      let outcome: Settled<Awaited<ReturnType<typeof handler>>>
      try {
        outcome = { value: await handler() }
      } catch (error) {
        outcome = { error }
      }
      ended = true
      // What ends may be followed by more.
      while (open > 0) {
        await new Promise<void>(resolve => {
          emptied = resolve
        })
      }
      over = true
      if ('error' in outcome) throw outcome.error
      if (stray !== undefined) throw stray.error
      return outcome.value
    },
  }
}

/** Of calls that nobody waits for: there is no transaction that could end before them. */
export const unguarded: Pick<Calls, 'own' | 'over'> = {
  own(call) {
    const promise = call()
    promise.catch(ignore)
    return promise
  },
  over: false,
}

/** Whoever awaits the call hears of its failure. One that nobody awaits must not end the process. */
const ignore = (): undefined => undefined

type Settled<T> = { readonly value: T } | { readonly error: unknown }

/** Nobody may be waiting for the answer, and that must not end the process. */
function refuse(): Promise<never> {
  const refused = Promise.reject(new Error('this unit of work is over: await what you begin in it'))
  refused.catch(ignore)
  return refused
}
