/**
 * Goes on with a value: at once where it is there, else when it has come. An `await` of what is there already costs a promise
 * and a turn of the microtask queue, and a request would have many of them.
 */
export function after<T, U>(value: T | Promise<T>, go: (value: T) => U | Promise<U>): U | Promise<U> {
  return isPromise(value) ? value.then(go) : go(value)
}

/** Query builders are promises to `await`, and to the compiler, though they are none of the language's own. */
const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  value instanceof Promise ||
  typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
