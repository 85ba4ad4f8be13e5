import type { Wire } from '../../contract/index.ts'
import { type BodyLimits, MAX_DEPTH, MAX_VALUES } from '../json/limits.ts'
import { type BodyProblem, decodeUtf8, positionOf } from '../utf8.ts'
import { XmlFault } from './fault.ts'
import type { Layouts } from './layout.ts'
import { parseXml } from './parse.ts'
import { within } from './reading.ts'
import { tagOf } from './tags.ts'
import { readersOf } from './values.ts'
import type { XmlOptions } from './write.ts'

export type XmlReading = { readonly value: unknown } | { readonly problem: BodyProblem }

/** Reads a document. Never throws. */
export type XmlReader = (bytes: Uint8Array, limits?: BodyLimits) => XmlReading

/**
 * Compiles the reader of documents of a schema, strictly: UTF-8, well-formed (XML 1.0 with namespaces), no document
 * type declaration and so no entities but the five, the root that is expected, no element twice that is no list, none of
 * `__proto__`, `constructor` and `prototype` as a member. A byte order mark is passed over.
 *
 * Anything else that does not fit is passed on as what it looks like, for the schema's library to name: text that is no
 * number, elements that nobody expects.
 *
 * @throws DefinitionError where the XML of the schema would not say what it means.
 */
export function compileXmlReader(wire: Wire, { root, place }: XmlOptions): XmlReader {
  const layouts: Layouts = { wire, place, prefixes: new Map() }
  const tag = tagOf(wire.shape.xml, root, layouts)
  const read = within(tag, readersOf(layouts)(wire.shape))
  const expected = `Expected the element '${tag.local}' in ${tag.namespace === undefined ? 'no namespace' : `the namespace '${tag.namespace}'`}`
  return (bytes, { depth = MAX_DEPTH, values = MAX_VALUES } = {}) => {
    const decoded = decodeUtf8(bytes)
    if (typeof decoded !== 'string') return { problem: decoded }
    // Line ends are one character to whoever reads XML (§2.11).
    const text = decoded.includes('\r') ? decoded.replaceAll(/\r\n?/g, '\n') : decoded
    try {
      // The innermost element holds a text, which is no level.
      const element = parseXml(text, { depth: depth + 1, values })
      if (element.local !== tag.local || element.namespace !== (tag.namespace ?? '')) {
        throw new XmlFault(expected, element.at)
      }
      return { value: read(element, '', 0, { depth, misfits: 0, known: new Map() }) }
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error
      const problem = { detail: error.message, position: positionOf(text, error.at) }
      return { problem: error.tooLarge ? { ...problem, tooLarge: true } : problem }
    }
  }
}
