/** What a database's address is of: `postgres://…`, the path of a file, or that with `file:` before it. */
export type Address =
  | { readonly engine: 'postgres' }
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: undefined; readonly scheme: string }

export function addressOf(given: string): Address {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(given)?.[1]?.toLowerCase()
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return { engine: 'postgres' }
    case 'file':
    case 'sqlite':
      return { engine: 'sqlite', file: given.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, '') }
    case undefined:
      return { engine: 'sqlite', file: given }
    default:
      return { engine: undefined, scheme }
  }
}
