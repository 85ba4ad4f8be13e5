import { later } from '../../base/index.ts'
import type { Wire } from '../../contract/index.ts'
import { link } from '../json/program.ts'
import { escapeAttribute } from './characters.ts'
import { checkLayout } from './check.ts'
import type { Layouts } from './layout.ts'
import { statementsOf } from './statements.ts'
import { tagOf } from './tags.ts'

/** XML of a value that fits its schema: a whole document. @throws AnswerMismatch at the first thing that does not. */
export type XmlWriter = (value: unknown) => string

export interface XmlOptions {
  /** The name of the root element, where the schema's own `xml.name` does not give it. */
  readonly root: string
  /** What the documents are of, for errors. */
  readonly place: string
}

/**
 * Compiles the check of answers and their writer, in one pass, as `compileJsonWriter` does. A string with a character
 * that XML 1.0 cannot carry does not fit.
 *
 * @throws DefinitionError where the XML of the schema would not say what it means.
 */
export function compileXmlWriter(wire: Wire, { root, place }: XmlOptions): XmlWriter {
  const layouts: Layouts = { wire, place, prefixes: new Map() }
  const { open, name } = tagOf(wire.shape.xml, root, layouts)
  checkLayout(layouts)
  const writing = later(() => {
    const write = link(wire, place, statementsOf(layouts))
    const declared = [...layouts.prefixes].map(
      ([prefix, uri]) => ` xmlns:${prefix}="${escapeAttribute(uri)}"`,
    )
    return { write, start: `<?xml version="1.0" encoding="UTF-8"?>\n${open}${declared.join('')}` }
  })
  const end = `</${name}>`
  return value => {
    const { write, start } = writing()
    return `${start}${write(value, '', 0)}${end}`
  }
}
