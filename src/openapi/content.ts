import type { AnyEndpoint, RouteFile, RouteOutput } from '../contract/index.ts'
import {
  CSV_TYPE,
  EVENT_STREAM_TYPE,
  JSON_TYPE,
  MULTIPART_TYPE,
  NDJSON_TYPE,
  PROBLEM_JSON,
  PROBLEM_XML,
  XML_TYPES,
} from '../http/index.ts'
import { defined, type Json } from './json.ts'
import { schemaRef } from './named-schemas.ts'

/** The same schema under both names of XML, with the element that it is there (OpenAPI 3.2 §4.26). */
export function xmlContent(schema: Json, element: string): Json {
  const body = { schema: { ...schema, xml: { name: element } } }
  return Object.fromEntries(XML_TYPES.map(type => [type, body]))
}

/** What the schema is called in which any field of another may be missing. */
export const partialName = (name: string): string => `Partial${name}`

/** What an answer can be written in. Where callers choose its fields, any of them may be missing. */
export function answerContent(
  name: string,
  { element, pageOf, row }: RouteOutput,
  { live, selects }: Pick<AnyEndpoint, 'live' | 'selects'>,
): Json {
  const meant = (name: string): Json =>
    selects?.fields === true ? { anyOf: [schemaRef(name), schemaRef(partialName(name))] } : schemaRef(name)
  return {
    [JSON_TYPE]: { schema: meant(name) },
    ...xmlContent(meant(name), element),
    ...(row !== undefined && pageOf !== undefined && rowContent(meant(pageOf))),
    ...(live === true &&
      pageOf !== undefined && { [EVENT_STREAM_TYPE]: { itemSchema: messageSchema(pageOf) } }),
  }
}

/** A server-sent event, whose data is a row (OpenAPI 3.2 §4.14.3.2). */
const messageSchema = (row: string): Json => ({
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Sent back as `Last-Event-ID`, it is where the stream goes on.' },
    event: { type: 'string', description: 'The type of the event.' },
    data: {
      type: 'string',
      contentMediaType: JSON_TYPE,
      contentSchema: schemaRef(row),
      description: 'What a webhook is sent, in JSON.',
    },
    retry: { type: 'integer', minimum: 0, description: 'After how many milliseconds to come back.' },
  },
})

/** Lines, each of which is a row (OpenAPI 3.2 §4.14.3). CSV has the row's members as columns. */
const rowContent = (row: Json): Json => ({
  [CSV_TYPE]: { schema: { type: 'string', description: 'A header, and a line for each row.' } },
  [NDJSON_TYPE]: { itemSchema: row },
})

/**
 * Files beside the fields of an input, or one file alone (OpenAPI 3.2 §4.14.3, §4.15). A schema has no say in bytes: their
 * media types stand in the encoding.
 */
export function filesContent(files: readonly RouteFile[], input: string | undefined): Json {
  const [first] = files
  const own = {
    type: 'object',
    properties: Object.fromEntries(files.map(({ name, description }) => [name, defined({ description })])),
    required: files.filter(file => !file.optional).map(file => file.name),
  }
  return {
    [MULTIPART_TYPE]: {
      schema: input === undefined ? own : { allOf: [schemaRef(input), own] },
      encoding: Object.fromEntries(files.map(({ name, types }) => [name, { contentType: types.join(', ') }])),
    },
    ...(input === undefined && files.length === 1 && first !== undefined && bytesContent(first.types)),
  }
}

/** Bytes of these media types. */
export const bytesContent = (types: readonly string[]): Json =>
  Object.fromEntries(types.map(type => [type, {}]))

/** A problem in JSON, and the same in XML as RFC 9457 (Appendix B) has it. */
export const problemContent = (schema: Json): Json => ({
  [PROBLEM_JSON]: { schema },
  [PROBLEM_XML]: { schema },
})
