import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, XML_TYPES } from './formats.ts'

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['.json', JSON_TYPE],
  ['.xml', XML_TYPES[0]],
  ['.csv', CSV_TYPE],
  ['.ndjson', NDJSON_TYPE],
])

export interface Suffixed {
  /** Without the suffix. */
  readonly path: string
  /** What the suffix asks for, in place of the Accept field; undefined where there is none. */
  readonly mediaType: string | undefined
}

/** Takes the format off the end of a path: `/articles.xml` is `/articles` as `application/xml`. */
export function splitSuffix(path: string): Suffixed {
  const dot = path.lastIndexOf('.')
  const mediaType = dot === -1 ? undefined : MEDIA_TYPES.get(path.slice(dot))
  return mediaType === undefined ? { path, mediaType } : { path: path.slice(0, dot), mediaType }
}
