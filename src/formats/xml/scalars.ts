import { resolve, type Shape, type Wire } from '../../contract/index.ts'
import { kindsOf } from '../json/kinds.ts'
import { NUMBER } from '../spelling.ts'
import { trimmed } from './characters.ts'

export type Scalar = string | number | boolean

/** Turns a text into the scalar of a shape. Undefined where it spells none. */
export type Spell = (text: string) => Scalar | undefined

/**
 * How text spells the scalars among the members of a union. A text that can be a number or a boolean is one, white
 * space around it or not; any other is a string, as it stands.
 */
export function spellOf(members: readonly Shape[], wire: Wire): Spell {
  const meant = members.map(member => resolve(member, wire))
  const has = (kind: Shape['kind']) => meant.some(member => member.kind === kind)
  const listed = new Set<unknown>(meant.flatMap(member => (member.kind === 'literal' ? member.values : [])))
  const kinds = new Set(members.flatMap(member => [...kindsOf(member, wire)]))
  if (!kinds.has('number') && !kinds.has('boolean')) {
    return has('string') ? text => text : text => (listed.has(text) ? text : undefined)
  }
  return text => {
    const value = typed(trimmed(text))
    if (value !== undefined && (has(typeof value as Shape['kind']) || listed.has(value))) return value
    return has('string') || listed.has(text) ? text : undefined
  }
}

/** The number or boolean that a text is. */
function typed(text: string): number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

/** What a text says under a mark: `type="number"`. As text where it is none. */
export function spelledAs(type: string | undefined, text: string): Scalar {
  const value = type === 'number' || type === 'boolean' ? typed(trimmed(text)) : undefined
  return typeof value === type && value !== undefined ? value : text
}
