import type { Wire } from '../contract/index.ts'
import { NDJSON_TYPE } from '../http/index.ts'
import type { BodyLimits } from './json/limits.ts'
import { type JsonReading, readJson } from './json/read.ts'
import { compileJsonWriter } from './json/write.ts'
import type { RowWriter } from './rows.ts'

/** Rows as NDJSON (github.com/ndjson/ndjson-spec), each on a line: JSON escapes the ends of lines that texts have. */
export function compileNdjsonWriter(rowWire: Wire, place: string): RowWriter {
  const write = compileJsonWriter(rowWire, place)
  return { mediaType: NDJSON_TYPE, contentType: NDJSON_TYPE, begin: '', row: value => `${write(value)}\n` }
}

/**
 * Reads a body of NDJSON into the list of what its lines hold, each read as JSON is, under limits of its own. Of more lines than `most` the first one
 * beyond is read, and no other: the list is too long.
 */
export function readNdjson(bytes: Uint8Array, most: number, limits?: BodyLimits): JsonReading {
  const values: unknown[] = []
  for (let start = 0; start < bytes.length && values.length <= most; ) {
    const end = bytes.indexOf(LINE_FEED, start)
    const line = bytes.subarray(start, end === -1 ? bytes.length : end)
    const reading = readJson(line, limits)
    if ('problem' in reading) {
      const { position } = reading.problem
      return {
        problem: { ...reading.problem, position: { ...position, line: position.line + values.length } },
      }
    }
    values.push(reading.value)
    start += line.length + 1
  }
  return { value: values }
}

const LINE_FEED = 0x0a
