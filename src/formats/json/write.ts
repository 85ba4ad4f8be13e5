import { later } from '../../base/index.ts'
import type { Wire } from '../../contract/index.ts'
import { link } from './program.ts'
import { statements } from './statements.ts'

/** JSON text of a value that fits its schema. @throws AnswerMismatch at the first thing that does not. */
export type JsonWriter = (value: unknown) => string

/**
 * Compiles the check of answers and their writer, in one pass: it writes exactly what the schema names, in the
 * schema's order. Members that the schema does not name, and optional ones that are undefined, are left out.
 * Of a union it writes the first member that fits.
 *
 * What a definition can have wrong was found in its shape, so the compiling can wait for the first value.
 *
 * A list is made of its items' texts: `{"data":[${rows.map(write).join()}]}`.
 */
export function compileJsonWriter(wire: Wire, place: string): JsonWriter {
  const write = later(() => link(wire, place, statements))
  return value => write()(value, '', 0)
}
