import { refusedAt } from './characters.ts'
import { XmlFault } from './fault.ts'
import { type Bindings, createBindings, type Given, type XmlAttribute } from './namespaces.ts'
import {
  countValue,
  expected,
  passComment,
  passDeclaration,
  passInstruction,
  passMisc,
  passSpace,
  readCdata,
  readName,
  readText,
  readValue,
  type Scan,
} from './scan.ts'

/** An element of a document, with what schemas can speak of: no comments, no processing instructions. */
export interface XmlElement {
  readonly local: string
  /** `''` for none. */
  readonly namespace: string
  /** Without declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** All text directly inside, references resolved; white space included. */
  readonly text: string
  /** Where it begins in the document. */
  readonly at: number
}

interface XmlLimits {
  /** Elements in each other. */
  readonly depth: number
  /** Elements and attributes, and what stands between them. */
  readonly values: number
}

/** An element whose end tag is yet to come. */
interface Open {
  readonly local: string
  readonly namespace: string
  readonly attributes: readonly XmlAttribute[]
  children: Open[]
  text: string
  readonly at: number
  /** Its name as it stands, which its end tag repeats. */
  readonly name: string
  readonly declared: readonly string[]
  readonly empty: boolean
}

/**
 * Reads a well-formed document without a DTD (XML 1.0, fifth edition; Namespaces in XML 1.0), whose line ends are one
 * character.
 *
 * @throws XmlFault at the first thing that is not.
 */
export function parseXml(text: string, { depth, values }: XmlLimits): XmlElement {
  const refused = refusedAt(text)
  if (refused !== -1) throw new XmlFault('There is a character that XML cannot carry', refused)
  const scan: Scan = { text, at: 0, values: 0, maxValues: values }
  passDeclaration(scan)
  passMisc(scan)
  if (text.startsWith('<!DOCTYPE', scan.at))
    throw new XmlFault('A document type declaration is not taken', scan.at)
  if (text[scan.at] !== '<') throw expected('an element', scan)
  const root = readElement(scan, depth)
  passMisc(scan)
  if (scan.at < text.length) throw new XmlFault('Expected the end of the body after the element', scan.at)
  return root
}

/** The element that begins here, with all in it: by a stack, since recursion would end with the stack of the process. */
function readElement(scan: Scan, depth: number): XmlElement {
  const { text } = scan
  const bindings = createBindings()
  const root = readStart(scan, bindings)
  const stack: Open[] = root.empty ? [] : [root]
  for (let open = stack.at(-1); open !== undefined; open = stack.at(-1)) {
    const tag = text.indexOf('<', scan.at)
    if (tag === -1) {
      scan.at = text.length
      throw expected('an end tag', scan)
    }
    if (tag > scan.at) open.text += readText(scan, tag)
    const next = text[tag + 1]
    if (next === '/') {
      readEnd(scan, open, bindings)
      stack.pop()
    } else if (next === '?') {
      passInstruction(scan)
    } else if (next === '!') {
      if (text.startsWith('<![CDATA[', tag)) open.text += readCdata(scan)
      else if (text.startsWith('<!--', tag)) passComment(scan)
      else throw expected('an element, a comment or a CDATA section', scan)
    } else {
      if (stack.length >= depth) throw new XmlFault(`More than ${depth} elements in each other`, tag)
      const child = readStart(scan, bindings)
      if (open.children === NO_CHILDREN) open.children = [child]
      else open.children.push(child)
      if (!child.empty) stack.push(child)
    }
  }
  return root
}

const NO_CHILDREN: Open[] = []
const NO_ATTRIBUTES: readonly XmlAttribute[] = []
const NOTHING_DECLARED: readonly string[] = []

/** XML 1.0 §3.1 [40] and [44]. */
function readStart(scan: Scan, bindings: Bindings): Open {
  const at = scan.at++
  countValue(scan, at)
  const name = readName(scan, 'the name of an element')
  let given: Given[] | undefined
  for (let spaced = passSpace(scan); ; spaced = passSpace(scan)) {
    const next = scan.text[scan.at]
    if (next === '>' || next === '/') break
    if (!spaced) throw expected('white space, / or >', scan)
    const start = scan.at
    countValue(scan, start)
    const attribute = readName(scan, 'the name of an attribute, / or >')
    passSpace(scan)
    if (scan.text[scan.at] !== '=') throw expected('= after the name of the attribute', scan)
    scan.at++
    passSpace(scan)
    given ??= []
    given.push([attribute, readValue(scan), start])
  }
  const empty = scan.text[scan.at] === '/'
  if (empty) scan.at++
  if (scan.text[scan.at] !== '>') throw expected('>', scan)
  scan.at++
  const declared = given === undefined ? NOTHING_DECLARED : bindings.declare(given)
  const { local, namespace } = bindings.element(name, at)
  const attributes = given === undefined ? NO_ATTRIBUTES : bindings.attributes(given)
  if (empty) bindings.undeclare(declared)
  return { local, namespace, attributes, children: NO_CHILDREN, text: '', at, name, declared, empty }
}

/** XML 1.0 §3.1 [42]. */
function readEnd(scan: Scan, open: Open, bindings: Bindings): void {
  const start = scan.at
  scan.at += 2
  if (!scan.text.startsWith(open.name, scan.at))
    throw new XmlFault('This is not the end tag of the last element', start)
  scan.at += open.name.length
  passSpace(scan)
  if (scan.text[scan.at] !== '>') throw new XmlFault('This is not the end tag of the last element', start)
  scan.at++
  bindings.undeclare(open.declared)
}
