import { DefinitionError } from './definition-error.ts'

/** The parameters of a path template: `/articles/{id}` has `{ readonly id: string }`. */
export type Params<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name | keyof Params<Rest>]: string }
  : // biome-ignore lint/complexity/noBannedTypes: a path without parameters has the empty object
    {}

/** A path template in its parts (OpenAPI 3.2 §4.8.2): `['articles', { param: 'id' }]`. */
export type PathSegment = string | { readonly param: string }

/** @throws DefinitionError where the template is not `/literal/{parameter}/…`. */
export function parsePath(path: string, place: string): readonly PathSegment[] {
  if (!path.startsWith('/') || (path.length > 1 && path.endsWith('/'))) {
    throw new DefinitionError(
      place,
      `the path '${path}' does not start with / or ends with it`,
      `Write '/things/{id}'`,
    )
  }
  const seen = new Set<string>()
  const parts = path === '/' ? [] : path.slice(1).split('/')
  return parts.map(part => {
    const param = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(part)?.[1]
    if (param !== undefined) {
      if (seen.has(param))
        throw new DefinitionError(place, `{${param}} stands twice in '${path}'`, 'Give each its own name')
      seen.add(param)
      return { param }
    }
    if (!/^[A-Za-z0-9._~-]+$/.test(part)) {
      throw new DefinitionError(
        place,
        `the segment '${part}' of '${path}' is neither a literal nor {parameter}`,
        'Use letters, digits and - . _ ~, or a whole segment in braces',
      )
    }
    return part
  })
}

/** Two templates with the same key match the same requests. */
export const pathKey = (segments: readonly PathSegment[]): string =>
  `/${segments.map(s => (typeof s === 'string' ? s : '{}')).join('/')}`
