import { fieldOf, JsonPatch, type Route, type RouteOutput, type Wire } from '../contract/index.ts'
import {
  type BodyLimits,
  type BodyProblem,
  compileCsvWriter,
  compileFormReader,
  compileJsonWriter,
  compileNdjsonWriter,
  compileXmlReader,
  compileXmlWriter,
  type RowWriter,
  readJson,
  readNdjson,
} from '../formats/index.ts'
import {
  CSV_TYPE,
  EVENT_STREAM_TYPE,
  FORM_TYPE,
  JSON_PATCH_TYPE,
  JSON_TYPE,
  MERGE_PATCH_TYPE,
  NDJSON_TYPE,
  tagger,
  XML_TYPES,
} from '../http/index.ts'

/** Reads a body of one media type into the value that its schema then judges. */
export type BodyReader = (
  bytes: Uint8Array,
  limits: BodyLimits,
) => { readonly value: unknown } | { readonly problem: BodyProblem }

/** One media type that a route answers in. */
export type AnswerFormat = WholeFormat | RowFormat | LiveFormat

export interface WholeFormat {
  readonly mediaType: string
  /** The same, with its parameters. */
  readonly contentType: string
  readonly write: (value: unknown) => string
  /** The ETag of what was written. */
  readonly tag: (body: string) => string
}

/** The rows of a list, sent as they are read. */
export interface RowFormat extends RowWriter {
  /** The input that reads the most rows at once; undefined where the list has one page. */
  readonly longest: { readonly limit?: number } | undefined
}

/** A list that does not end: its rows are sent as they are committed. */
export interface LiveFormat {
  readonly mediaType: string
  readonly live: true
}

/** How the body of a route can be written, by media type, the most usual first. */
export function compileReaders({
  method,
  path,
  input,
  endpoint,
  files,
}: Route): ReadonlyMap<string, BodyReader> {
  if (input?.from !== 'body' || files !== undefined) return new Map()
  const place = `endpoint ${method} ${path}, input`
  const xml = compileXmlReader(input.wire, { root: input.element, place })
  const form = compileFormReader(input.wire, place)
  return new Map<string, BodyReader>([
    ...(method === 'PATCH' ? [[MERGE_PATCH_TYPE, readJson] as const] : []),
    [JSON_TYPE, readJson],
    ...(endpoint.jsonPatch === true ? [[JSON_PATCH_TYPE, readJsonPatch] as const] : []),
    ...XML_TYPES.map(type => [type, xml] as const),
    [FORM_TYPE, form],
    ...(endpoint.names?.rowsOf === undefined ? [] : [[NDJSON_TYPE, compileRowsReader(input.wire)] as const]),
  ])
}

/** Rows, one in each line, as the `data` of an input. */
function compileRowsReader(input: Wire): BodyReader {
  const rows = fieldOf(input, 'data')
  const most = rows?.kind === 'array' ? (rows.maxItems ?? 0) : 0
  return (bytes, limits) => {
    const reading = readNdjson(bytes, most, limits)
    return 'problem' in reading ? reading : { value: { data: reading.value } }
  }
}

const readJsonPatch: BodyReader = (bytes, limits) => {
  const reading = readJson(bytes, limits)
  return 'problem' in reading ? reading : { value: new JsonPatch(reading.value) }
}

/** What a route answers in, the most usual first. Empty where it answers nothing. */
export function compileFormats({ method, path, input, output, endpoint }: Route): readonly AnswerFormat[] {
  if (output === undefined) return []
  const place = `endpoint ${method} ${path}`
  const json = compileJsonWriter(output.wire, place)
  const xml = compileXmlWriter(output.wire, { root: output.element, place })
  const formats: readonly AnswerFormat[] = [
    { mediaType: JSON_TYPE, contentType: JSON_TYPE, write: json, tag: tagger(JSON_TYPE) },
    ...XML_TYPES.map(type => ({
      mediaType: type,
      contentType: `${type}; charset=utf-8`,
      write: xml,
      tag: tagger(type),
    })),
  ]
  if (output.row === undefined) return formats
  const longest = input && longestPage(input.wire)
  const rows = [compileCsvWriter(output.row, place), compileNdjsonWriter(output.row, place)]
  const live = endpoint.live === true ? [LIVE] : []
  return [...formats, ...rows.map(each => ({ ...each, longest })), ...live]
}

const LIVE: LiveFormat = { mediaType: EVENT_STREAM_TYPE, live: true }

/** The same media type, for an output that says otherwise what is in it. */
export function compileSelected(
  format: AnswerFormat,
  { wire, row, element }: RouteOutput,
  place: string,
): AnswerFormat {
  const { mediaType } = format
  if ('write' in format) {
    const write =
      mediaType === JSON_TYPE
        ? compileJsonWriter(wire, place)
        : compileXmlWriter(wire, { root: element, place })
    return { ...format, write }
  }
  if ('live' in format) return format
  if (row === undefined) throw new Error(`${place} has no rows to write as ${mediaType}`)
  return { ...format, ...(mediaType === CSV_TYPE ? compileCsvWriter : compileNdjsonWriter)(row, place) }
}

/** A list that takes a cursor goes on. */
function longestPage(input: Wire): RowFormat['longest'] {
  if (fieldOf(input, 'cursor') === undefined) return undefined
  const limit = fieldOf(input, 'limit')
  return limit?.kind === 'number' && limit.maximum !== undefined ? { limit: limit.maximum } : {}
}
