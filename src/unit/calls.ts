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

export const createCalls = (): Calls => new OpenCalls()

/** There is one for each unit, and a class costs it less than as many functions and a getter of its own. */
class OpenCalls implements Calls {
  over = false
  #open = 0
  #ended = false
  #stray: { readonly error: unknown } | undefined
  #emptied: (() => void) | undefined

  readonly #settled = (): void => {
    this.#open--
    if (this.#open === 0) this.#emptied?.()
  }
  readonly #failed = (error: unknown): void => {
    // While the handler runs, whoever awaits the call decides what its failure means. (Handled here, a failure that
    // nobody awaits does not end the process.)
    if (this.#ended) this.#stray ??= { error }
    this.#settled()
  }

  own<T>(call: () => Promise<T>): Promise<T> {
    if (this.over) return refuse()
    const promise = call()
    this.#open++
    promise.then(this.#settled, this.#failed)
    return promise
  }
  async enclose<T>(handler: () => T | Promise<T>): Promise<T> {
    let outcome: Settled<T>
    try {
      outcome = { value: await handler() }
    } catch (error) {
      outcome = { error }
    }
    this.#ended = true
    // What ends may be followed by more.
    while (this.#open > 0) {
      await new Promise<void>(resolve => {
        this.#emptied = resolve
      })
    }
    this.over = true
    if ('error' in outcome) throw outcome.error
    if (this.#stray !== undefined) throw this.#stray.error
    return outcome.value
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
