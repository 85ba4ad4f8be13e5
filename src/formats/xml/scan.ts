import { tooMany } from '../json/limits.ts'
import { isCharacter } from './characters.ts'
import { XmlFault } from './fault.ts'
import { endOfName } from './names.ts'

/** A document and how far it has been read. */
export interface Scan {
  readonly text: string
  at: number
  /** Elements, attributes, comments, instructions and sections. */
  values: number
  readonly maxValues: number
}

/** Counts one more, which begins at `at`. */
export function countValue(scan: Scan, at: number): void {
  if (++scan.values > scan.maxValues) throw new XmlFault(tooMany(scan.maxValues), at, { tooLarge: true })
}

/** Names of members are words. Much longer ones only cost, each time that they are looked at. */
const MAX_NAME = 1_000

const DECLARATION =
  /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/y

/** Passes over the XML declaration (XML 1.0 §2.8 [23]), where there is one. */
export function passDeclaration(scan: Scan): void {
  if (!/^<\?xml[ \t\n]/.test(scan.text)) return
  DECLARATION.lastIndex = 0
  const found = DECLARATION.exec(scan.text)
  if (found === null) throw new XmlFault('The XML declaration is not one of XML 1.0', 0)
  const encoding = found[1] ?? found[2] ?? 'UTF-8'
  if (encoding.toUpperCase() !== 'UTF-8')
    throw new XmlFault('The document is declared to be something other than UTF-8', 0)
  scan.at = found[0].length
}

/** Passes over white space, comments and processing instructions (XML 1.0 §2.8 [27]). */
export function passMisc(scan: Scan): void {
  const { text } = scan
  for (;;) {
    passSpace(scan)
    if (text.startsWith('<!--', scan.at)) passComment(scan)
    else if (text.startsWith('<?', scan.at)) passInstruction(scan)
    else return
  }
}

/** Whether there was any (XML 1.0 §2.3 [3]). */
export function passSpace(scan: Scan): boolean {
  const { text } = scan
  const start = scan.at
  let code = text.charCodeAt(scan.at)
  while (code === 0x20 || code === 0x0a || code === 0x09) code = text.charCodeAt(++scan.at)
  return scan.at > start
}

/** XML 1.0 §2.5. */
export function passComment(scan: Scan): void {
  countValue(scan, scan.at)
  const end = scan.text.indexOf('--', scan.at + 4)
  if (end === -1) throw new XmlFault('Expected --> to end the comment, found the end of the body', scan.at)
  if (scan.text[end + 2] !== '>') throw new XmlFault('A comment has -- in it', end)
  scan.at = end + 3
}

/** XML 1.0 §2.6. */
export function passInstruction(scan: Scan): void {
  const start = scan.at
  countValue(scan, start)
  const { text } = scan
  scan.at += 2
  const target = readName(scan, 'the target of a processing instruction')
  if (/^xml$/i.test(target))
    throw new XmlFault('An XML declaration may only stand at the very beginning', start)
  if (target.includes(':'))
    throw new XmlFault('The target of a processing instruction has a colon in it', start)
  if (!passSpace(scan) && !text.startsWith('?>', scan.at)) {
    throw new XmlFault('Expected white space or ?> after the target', scan.at)
  }
  const end = text.indexOf('?>', scan.at)
  if (end === -1)
    throw new XmlFault('Expected ?> to end the processing instruction, found the end of the body', start)
  scan.at = end + 2
}

/** The content of the CDATA section that begins here (XML 1.0 §2.7). */
export function readCdata(scan: Scan): string {
  countValue(scan, scan.at)
  const start = scan.at + '<![CDATA['.length
  const end = scan.text.indexOf(']]>', start)
  if (end === -1)
    throw new XmlFault('Expected ]]> to end the CDATA section, found the end of the body', scan.at)
  scan.at = end + 3
  return scan.text.slice(start, end)
}

/** A name with its prefix, if any. */
export function readName(scan: Scan, what: string): string {
  const end = endOfName(scan.text, scan.at)
  if (end === scan.at) throw expected(what, scan)
  if (end - scan.at > MAX_NAME) throw new XmlFault(`A name is longer than ${MAX_NAME} characters`, scan.at)
  const name = scan.text.slice(scan.at, end)
  scan.at = end
  return name
}

/** The value of an attribute, its quotes passed over (XML 1.0 §3.3.3). */
export function readValue(scan: Scan): string {
  const { text, at } = scan
  const quote = text[at]
  if (quote !== '"' && quote !== "'") throw expected('a value in quotes', scan)
  const end = text.indexOf(quote, at + 1)
  if (end === -1) throw new XmlFault('Expected a quote to end the value, found the end of the body', at)
  const value = text.slice(at + 1, end)
  if (value.includes('<')) throw new XmlFault('An attribute has < in it, which must be &lt;', at)
  scan.at = end + 1
  return withReferences(value.replaceAll(/[\t\n]/g, ' '), at + 1)
}

/** The text between tags, up to `end` (XML 1.0 §2.4). */
export function readText(scan: Scan, end: number): string {
  const text = scan.text.slice(scan.at, end)
  const stray = text.indexOf(']]>')
  if (stray !== -1) throw new XmlFault('Text has ]]> in it, which must be ]]&gt;', scan.at + stray)
  const start = scan.at
  scan.at = end
  return withReferences(text, start)
}

const AMPERSAND = 0x26
const HASH = 0x23
const SEMICOLON = 0x3b
const LETTER_X = 0x78
const ENTITIES: readonly (readonly [name: string, meaning: string])[] = [
  ['lt;', '<'],
  ['gt;', '>'],
  ['amp;', '&'],
  ['apos;', "'"],
  ['quot;', '"'],
]

/**
 * Text with what its references mean: the five entities and characters, since there is no DTD to declare others. A
 * megabyte holds a quarter of a million: put in place unit by unit they take a tenth of what replacing each does.
 */
function withReferences(text: string, start: number): string {
  if (!text.includes('&')) return text
  // No character is longer than its reference.
  const units = new Uint16Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit !== AMPERSAND) {
      units[length++] = unit
      continue
    }
    const { code, end } = referenceAt(text, at, start)
    if (code > 0xffff) units[length++] = 0xd800 + ((code - 0x10000) >> 10)
    units[length++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code
    at = end
  }
  return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
}

/** The character that the reference at `at` means, and where its semicolon is. `start` is where the text begins. */
function referenceAt(
  text: string,
  at: number,
  start: number,
): { readonly code: number; readonly end: number } {
  const isNumber = text.charCodeAt(at + 1) === HASH
  const entity = isNumber ? undefined : ENTITIES.find(([name]) => text.startsWith(name, at + 1))
  if (entity !== undefined) return { code: entity[1].charCodeAt(0), end: at + entity[0].length }
  const base = text.charCodeAt(at + 2) === LETTER_X ? 16 : 10
  const first = at + (base === 16 ? 3 : 2)
  let code = 0
  let end = first
  for (let digit = digitAt(text, end); digit < base; digit = digitAt(text, ++end)) {
    code = Math.min(code * base + digit, 0x110000)
  }
  if (!isNumber || end === first || text.charCodeAt(end) !== SEMICOLON) {
    throw new XmlFault('& begins no character and none of &lt; &gt; &amp; &apos; &quot;', start + at)
  }
  if (!isCharacter(code))
    throw new XmlFault('A reference is to a character that XML cannot carry', start + at)
  return { code, end }
}

/** What the digit there counts, in any base up to 16; infinite where there is none. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.POSITIVE_INFINITY
}

export function expected(what: string, { text, at }: Scan): XmlFault {
  if (text.length === 0) return new XmlFault(`Expected ${what}, found an empty body`, at)
  return new XmlFault(
    at < text.length ? `Expected ${what}` : `Expected ${what}, found the end of the body`,
    at,
  )
}
