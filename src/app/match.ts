import type { Method, Route } from '../contract/index.ts'
import { allowValue, decodeSegment } from '../http/index.ts'

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

/** What stands at a path, by method. */
type Methods<R> = Map<string, Entry<R>>

interface Entry<R> {
  readonly found: R
  /** Of its parameters, in their places; empty where a word stands. */
  readonly names: readonly string[]
  readonly isPlain: boolean
}

/** What paths may go on with. */
interface Branch<R> {
  readonly words: Map<string, Branch<R>>
  param: Branch<R> | undefined
  methods: Methods<R> | undefined
}

/**
 * Paths first, methods second: what is there under another method is a 405, not a 404 (RFC 9110 §15.5.6). A word goes before a
 * parameter, and a slash at the end means nothing.
 */
export function createMatcher<R extends { readonly route: Route }>(routes: readonly R[]): Matcher<R> {
  const root = branch<R>()
  for (const found of routes) {
    const { method, segments } = found.route
    let at = root
    for (const segment of segments) at = typeof segment === 'string' ? wordOf(at, segment) : paramOf(at)
    // Parameters go by position, since two methods of one path may name theirs differently.
    const names = segments.map(segment => (typeof segment === 'string' ? '' : segment.param))
    at.methods ??= new Map()
    const isPlain = names.every(name => name === '')
    at.methods.set(method satisfies Method, { found, names, isPlain })
  }
  return (method, path) => {
    const end = path.endsWith('/') ? path.length - 1 : path.length
    const methods = find(root, path, 0, end)
    if (methods === undefined) return 'no-such-path'
    const entry = methods.get(method === 'HEAD' ? 'GET' : method)
    if (entry === undefined) {
      const [query, patch] = [methods.get('QUERY')?.found, methods.get('PATCH')?.found]
      return { allow: allowValue(methods.keys()), query, patch }
    }
    const params = entry.isPlain ? NO_PARAMS : paramsOf(entry.names, path)
    return params === undefined ? 'bad-path' : { found: entry.found, params }
  }
}

const NO_PARAMS = {}

/** Undefined where one of them cannot be decoded. Words are as the route has them. */
function paramsOf(names: readonly string[], path: string): Match<unknown>['params'] | undefined {
  const params: Record<string, string> = {}
  let from = 1
  for (const name of names) {
    const slash = path.indexOf('/', from)
    const to = slash === -1 ? path.length : slash
    if (name !== '') {
      const value = decodeSegment(path.slice(from, to))
      if (value === undefined) return undefined
      params[name] = value
    }
    from = to + 1
  }
  return params
}

const branch = <R>(): Branch<R> => ({ words: new Map(), param: undefined, methods: undefined })

const paramOf = <R>(at: Branch<R>): Branch<R> => (at.param ??= branch())

function wordOf<R>(at: Branch<R>, word: string): Branch<R> {
  const next = at.words.get(word) ?? branch<R>()
  at.words.set(word, next)
  return next
}

/** What stands at the end of a path, of which all up to `from` has led to `at`. */
function find<R>(at: Branch<R>, path: string, from: number, end: number): Methods<R> | undefined {
  if (from >= end) return at.methods
  const slash = path.indexOf('/', from + 1)
  const to = slash === -1 ? end : Math.min(slash, end)
  const word = at.words.size === 0 ? undefined : at.words.get(path.slice(from + 1, to))
  const found = word && find(word, path, to, end)
  if (found !== undefined || at.param === undefined || to === from + 1) return found
  return find(at.param, path, to, end)
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
