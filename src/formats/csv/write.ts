import { later } from '../../base/index.ts'
import type { Shape, Wire } from '../../contract/index.ts'
import { CSV_TYPE } from '../../http/index.ts'
import { fieldSpot, mustBeObject } from '../json/containers.ts'
import { kindsOf } from '../json/kinds.ts'
import { type Body, link, type Spot } from '../json/program.ts'
import { statements as json, listed, must } from '../json/statements.ts'
import type { RowWriter } from '../rows.ts'
import { numberTests, stringTests } from '../scalar-tests.ts'
import { plainFormats } from '../string-formats.ts'
import { type Columns, columnsOf, headings, withoutNull } from './columns.ts'
import { quoteCell, textCell } from './text.ts'

/**
 * Compiles the writer of rows as CSV (RFC 4180), with a header. The fields of an object inside are columns, named with
 * dots; lists, records, unions of these and what the schema leaves open are JSON in one cell. Null and absent are an
 * empty cell, the empty text is `""`. Texts are kept from being formulas by an apostrophe.
 *
 * It checks values as the JSON writer does. Members of a row that no field names have no column.
 *
 * @throws DefinitionError where rows are not objects with fields, or two fields are one column.
 */
export function compileCsvWriter(rowWire: Wire, place: string): RowWriter {
  const columns = columnsOf(rowWire, place)
  const write = later(() =>
    link(rowWire, place, (_, spot, body) => {
      cells(columns, spot, body)
      body.text('\r\n')
    }),
  )
  return {
    mediaType: CSV_TYPE,
    contentType: `${CSV_TYPE}; charset=utf-8; header=present`,
    begin: `${headings(columns).map(quoteCell).join()}\r\n`,
    row: value => write()(value, '', 0),
  }
}

function cells({ object, columns }: Columns, spot: Spot, body: Body): void {
  mustBeObject(object, spot, body)
  columns.forEach(({ name, required, shape, inside }, i) => {
    const field = fieldSpot(name, spot, body)
    if (i > 0) body.text(',')
    const filled = () => (inside === undefined ? cell(shape, field, body) : cells(inside, field, body))
    const nullable = kindsOf(shape, body.program.wire).has('null')
    const empty = [
      ...(required ? [] : [`${field.value} === undefined`]),
      ...(nullable ? [`${field.value} === null`] : []),
    ]
    if (empty.length === 0) {
      filled()
    } else {
      const more = inside === undefined ? 0 : headings(inside).length - 1
      body.block(`if (${empty.join(' || ')})`, () => body.text(','.repeat(more)))
      body.block('else', filled)
    }
  })
}

/** The cell of a value that is neither null nor absent where it may be. */
function cell(shape: Shape, spot: Spot, body: Body): void {
  const { value } = spot
  const { bind, wire } = body.program
  const [only, ...others] = withoutNull(shape, wire)
  if (only === undefined) {
    body.refuse(spot, 'null')
  } else if (others.length > 0) {
    jsonCell(shape, spot, body)
  } else if (only.kind === 'boolean') {
    body.must(spot, `typeof ${value} === 'boolean'`, 'true or false')
    body.value(value)
  } else if (only.kind === 'number') {
    must(numberTests(only, value, bind), spot, body)
    body.value(value)
  } else if (only.kind === 'string') {
    must(stringTests(only, value, bind), spot, body)
    body.value(plainFormats.has(only.format ?? '') ? value : `${bind(textCell)}(${value})`)
  } else if (only.kind === 'literal') {
    const texts = only.values.map(
      each => [each, typeof each === 'string' ? textCell(each) : `${each}`] as const,
    )
    body.value(listed(new Map(texts), spot, body))
  } else {
    jsonCell(shape, spot, body)
  }
}

/** What takes JSON to say. A union of scalars takes none. */
function jsonCell(shape: Shape, { value, pointer, depth }: Spot, body: Body): void {
  const { bind, fresh, place, wire } = body.program
  const kinds = kindsOf(shape, wire)
  const text = fresh('t')
  const write = link({ ...wire, shape }, place, json)
  body.line(`const ${text} = ${bind(write)}(${value}, ${pointer}, d + ${depth})`)
  body.value(
    kinds.has('object') || kinds.has('array')
      ? `${bind(quoteCell)}(${text})`
      : `(typeof ${value} === 'string' ? ${bind(textCell)}(${value}) : ${text})`,
  )
}
