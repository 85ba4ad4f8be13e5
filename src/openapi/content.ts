import type { RouteOutput } from '../contract/index.ts'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, PROBLEM_JSON, PROBLEM_XML, XML_TYPES } from '../http/index.ts'
import type { Json } from './json.ts'
import { schemaRef } from './named-schemas.ts'

/** The same schema under both names of XML, with the element that it is there (OpenAPI 3.2 §4.26). */
export function xmlContent(name: string, element: string): Json {
  const body = { schema: { ...schemaRef(name), xml: { name: element } } }
  return Object.fromEntries(XML_TYPES.map(type => [type, body]))
}

/** What an answer can be written in. */
export const answerContent = (name: string, { element, pageOf, row }: RouteOutput): Json => ({
  [JSON_TYPE]: { schema: schemaRef(name) },
  ...xmlContent(name, element),
  ...(row !== undefined && pageOf !== undefined && rowContent(pageOf)),
})

/** Lines, each of which is a row (OpenAPI 3.2 §4.14.3). CSV has the row's members as columns. */
const rowContent = (row: string): Json => ({
  [CSV_TYPE]: { schema: { type: 'string', description: 'A header, and a line for each row.' } },
  [NDJSON_TYPE]: { itemSchema: schemaRef(row) },
})

/** A problem in JSON, and the same in XML as RFC 9457 (Appendix B) has it. */
export const problemContent = (schema: Json): Json => ({
  [PROBLEM_JSON]: { schema },
  [PROBLEM_XML]: { schema },
})
