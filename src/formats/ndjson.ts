import type { Wire } from '../contract/index.ts'
import { NDJSON_TYPE } from '../http/index.ts'
import { compileJsonWriter } from './json/write.ts'
import type { RowWriter } from './rows.ts'

/** Rows as NDJSON (github.com/ndjson/ndjson-spec), each on a line: JSON escapes the ends of lines that texts have. */
export function compileNdjsonWriter(rowWire: Wire, place: string): RowWriter {
  const write = compileJsonWriter(rowWire, place)
  return { mediaType: NDJSON_TYPE, contentType: NDJSON_TYPE, begin: '', row: value => `${write(value)}\n` }
}
