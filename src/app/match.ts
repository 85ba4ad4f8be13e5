import { addRoute, createRouter, findRoute } from 'rou3'
import type { Method, Route } from '../contract/index.ts'
import { allowValue, decodeSegments } from '../http/index.ts'

export interface Match<R> {
  readonly found: R
  readonly params: { readonly [name: string]: string }
}

/** What a path and method lead to, or why they lead nowhere. */
export type Matched<R> = Match<R> | 'no-such-path' | 'bad-path' | Elsewhere<R>

/** The path has other methods: their names, and those whose bodies are written in a way of their own. */
export interface Elsewhere<R> {
  readonly allow: string
  readonly query: R | undefined
  readonly patch: R | undefined
}

export type Matcher<R> = (method: string, path: string) => Matched<R>

/** Paths first, methods second: what is there under another method is a 405, not a 404 (RFC 9110 §15.5.6). */
export function createMatcher<R extends { readonly route: Route }>(routes: readonly R[]): Matcher<R> {
  type Methods = Map<string, { readonly found: R; readonly names: readonly string[] }>
  const router = createRouter<Methods>()
  const byPath = new Map<string, Methods>()
  for (const found of routes) {
    const { method, segments } = found.route
    // Parameters go by position, since two methods of one path may name theirs differently.
    const pattern = `/${segments.map((s, i) => (typeof s === 'string' ? s : `:p${i}`)).join('/')}`
    let methods = byPath.get(pattern)
    if (methods === undefined) {
      methods = new Map()
      byPath.set(pattern, methods)
      addRoute(router, '', pattern, methods)
    }
    methods.set(method satisfies Method, {
      found,
      names: segments.map(s => (typeof s === 'string' ? '' : s.param)),
    })
  }
  return (method, path) => {
    const at = findRoute(router, '', path)
    if (at === undefined) return 'no-such-path'
    const entry = at.data.get(method === 'HEAD' ? 'GET' : method)
    if (entry === undefined) {
      const [query, patch] = [at.data.get('QUERY')?.found, at.data.get('PATCH')?.found]
      return { allow: allowValue(at.data.keys()), query, patch }
    }
    if (at.params === undefined) return { found: entry.found, params: {} }
    const decoded = decodeSegments(path)
    if (decoded === undefined) return 'bad-path'
    const params: Record<string, string> = {}
    for (const [i, name] of entry.names.entries()) if (name !== '') params[name] = decoded[i] ?? ''
    return { found: entry.found, params }
  }
}

/** What a path takes: methods, and in what a QUERY (RFC 10008 §3) and a PATCH (RFC 5789 §3.1) may be written. */
export const methodFields = ({
  allow,
  query,
  patch,
}: Elsewhere<Reading>): { readonly [name: string]: string } => ({
  allow,
  ...(query !== undefined && { 'accept-query': bodyTypes(query) }),
  ...(patch !== undefined && { 'accept-patch': bodyTypes(patch) }),
})

interface Reading {
  readonly readers: ReadonlyMap<string, unknown>
}

/** The media types that a body may have. */
export const bodyTypes = ({ readers }: Reading): string => [...readers.keys()].join(', ')
