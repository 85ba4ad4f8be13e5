import { createRequire } from 'node:module'

// What a start does not need costs it neither time nor memory: docs/decisions/footprint.md says what that is.

/** Loads a library, at once: `later(() => load('undici') as typeof import('undici'))`. */
export const load: (name: string) => unknown = createRequire(import.meta.url)

/** What is made when it is first asked for, once. Where making it throws, the next who asks tries again. */
export function later<T>(make: () => T): () => T {
  let made: { readonly it: T } | undefined
  return () => {
    made ??= { it: make() }
    return made.it
  }
}

/** `import` reads every member of what it imports, and of `node:http` one loads Node's own `fetch`: 12 MB, which nothing here uses. */
export const nodeHttp = (): typeof import('node:http') => process.getBuiltinModule('node:http')
