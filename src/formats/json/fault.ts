import { isRefusedName } from '../../http/index.ts'

/** What is wrong in a text, and at which index. */
export interface Fault {
  readonly detail: string
  readonly at: number
}

const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORDS: readonly string[] = ['true', 'false', 'null']
/** What may follow a backslash: `"\\/bfnrtu`. */
const ESCAPED: ReadonlySet<number> = new Set(Array.from('"\\\\/bfnrtu', each => each.charCodeAt(0)))
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const HEX = /^[\da-fA-F]{4}$/

/**
 * Reads a JSON text slowly, for its first fault. Undefined where there is none.
 * What it says names no content of the text but the kind of what is missing.
 */
export function findFault(text: string, maxDepth: number): Fault | undefined {
  try {
    const after = value(text, skip(text, 0), 0, maxDepth)
    const end = skip(text, after)
    if (end < text.length) throw new Found('Expected the end of the body after the value', end)
    return undefined
  } catch (error) {
    if (error instanceof Found) return { detail: error.message, at: error.at }
    throw error
  }
}

/** Leaves the recursion; never leaves this file. */
class Found extends Error {
  readonly at: number
  constructor(detail: string, at: number) {
    super(detail)
    this.at = at
  }
}

/** Each reader takes the index of its first character and answers the index behind its last one. */
function value(text: string, at: number, depth: number, maxDepth: number): number {
  const first = text[at]
  if (first === '{' || first === '[') {
    if (depth >= maxDepth) throw new Found(`More than ${maxDepth} arrays and objects in each other`, at)
    const inside = depth + 1
    return first === '{' ? object(text, at, inside, maxDepth) : array(text, at, inside, maxDepth)
  }
  if (first === '"') return string(text, at).end
  for (const word of WORDS) if (text.startsWith(word, at)) return at + word.length
  NUMBER.lastIndex = at
  const number = NUMBER.exec(text)?.[0]
  if (number === undefined) throw new Found(atEnd(text, at, 'a JSON value'), at)
  if (!Number.isFinite(Number(number))) throw new Found('A number is too large for a double', at)
  return at + number.length
}

function array(text: string, start: number, depth: number, maxDepth: number): number {
  let at = skip(text, start + 1)
  if (text[at] === ']') return at + 1
  for (;;) {
    at = skip(text, value(text, at, depth, maxDepth))
    if (text[at] === ']') return at + 1
    if (text[at] !== ',') throw new Found(atEnd(text, at, "',' or ']'"), at)
    at = skip(text, at + 1)
  }
}

function object(text: string, start: number, depth: number, maxDepth: number): number {
  let at = skip(text, start + 1)
  if (text[at] === '}') return at + 1
  const names = new Set<string>()
  for (;;) {
    if (text[at] !== '"') throw new Found(atEnd(text, at, 'a member name in double quotes'), at)
    const { text: name, end } = string(text, at)
    if (isRefusedName(name)) throw new Found(`A member may not be called ${name}`, at)
    if (names.has(name)) throw new Found('A member of this name is in the object already', at)
    names.add(name)
    at = skip(text, end)
    if (text[at] !== ':') throw new Found(atEnd(text, at, "':' after the member name"), at)
    at = skip(text, value(text, skip(text, at + 1), depth, maxDepth))
    if (text[at] === '}') return at + 1
    if (text[at] !== ',') throw new Found(atEnd(text, at, "',' or '}'"), at)
    at = skip(text, at + 1)
  }
}

function string(text: string, start: number): { readonly text: string; readonly end: number } {
  let at = start + 1
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    if (at >= text.length) throw new Found("Expected '\"' to end the string, found the end of the body", at)
    if (code < 0x20) throw new Found('A control character in a string must be escaped', at)
    at += code === BACKSLASH ? escapeLength(text, at) : 1
  }
  const inside = text.slice(start + 1, at)
  const content = inside.includes('\\') ? (JSON.parse(`"${inside}"`) as string) : inside
  if (!content.isWellFormed()) throw new Found('A string has half of a surrogate pair', start)
  return { text: content, end: at + 1 }
}

function escapeLength(text: string, at: number): number {
  const code = text.charCodeAt(at + 1)
  const length = code === LETTER_U ? 6 : 2
  if (ESCAPED.has(code) && (length === 2 || HEX.test(text.slice(at + 2, at + 6)))) return length
  throw new Found('A backslash begins no escape that JSON knows', at)
}

/** The index of the first character from `at` that is not white space (RFC 8259 §2). */
function skip(text: string, at: number): number {
  let i = at
  let code = text.charCodeAt(i)
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++i)
  return i
}

function atEnd(text: string, at: number, expected: string): string {
  if (text.length === 0) return `Expected ${expected}, found an empty body`
  return at < text.length ? `Expected ${expected}` : `Expected ${expected}, found the end of the body`
}
