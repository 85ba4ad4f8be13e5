import { AnswerMismatch, CARRIED } from '../answer-mismatch.ts'
import { MAX_DEPTH } from '../json/limits.ts'
import { pointed } from '../json/runtime.ts'
import { escapeText } from './characters.ts'
import { ITEM, MARKS, NIL } from './layout.ts'
import { encodeName } from './names.ts'

/** The inside of an element with any JSON value: what is no string says what it is. */
export function writeAny(value: unknown, place: string, pointer: string, depth: number): string {
  if (typeof value === 'string') {
    const text = escapeText(value)
    if (text === undefined) throw new AnswerMismatch(place, pointer, CARRIED, value)
    return `>${text}`
  }
  if (value === null) return `${NIL}>`
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
    return ` ${MARKS.type}="${typeof value}">${value}`
  }
  if (typeof value !== 'object' || value instanceof Date)
    throw new AnswerMismatch(place, pointer, 'a JSON value', value)
  if (depth >= MAX_DEPTH) {
    throw new AnswerMismatch(place, pointer, `at most ${MAX_DEPTH} levels of arrays and objects`, value)
  }
  const isArray = Array.isArray(value)
  let text = ''
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined && !isArray) continue
    const tag = isArray ? ITEM : encodeName(name)
    const inside = () => writeAny(member, place, `${pointer}/${pointed(name)}`, depth + 1)
    text += member === null ? `<${tag}${NIL}/>` : `<${tag}${inside()}</${tag}>`
  }
  if (isArray) return ` ${MARKS.type}="array">${text}`
  return text === '' ? ` ${MARKS.type}="object">` : `>${text}`
}
