import { type Code, isLocal } from './code.ts'
import { type ConditionEvent, type Frame, MAX_STEPS, newFrame } from './frame.ts'
import { cut, MAX_TEXT, shortText, textOf } from './text.ts'
import { isList } from './values.ts'

const MAX_EXPLANATION = 500
const MAX_PATHS = 4
const MAX_REASONS = 3
const MAX_ITEMS = 5

/** Why a condition is not met: the parts that decided, in the condition's own words, with the values that they saw. */
export function explain(code: Code, event: ConditionEvent): string {
  // One frame for all: parts are evaluated again, and all of it together stays bounded.
  const frame = { ...newFrame(event, true), steps: 4 * MAX_STEPS }
  return cut(why(code, frame), MAX_EXPLANATION)
}

function evaluate(code: Code, frame: Frame): unknown {
  frame.reason = undefined
  return code.run(frame)
}

function why(code: Code, frame: Frame): string {
  const value = evaluate(code, frame)
  const { reason } = frame
  const deciders = decidersOf(code, value, frame)
  if (deciders.length > 0) return several(deciders, frame)
  const text = shortText(code.span)
  if (value === undefined) return reason ?? `${text} has no value`
  const paths = [...new Map(pathsIn(code).map(path => [textOf(path.span), path])).values()]
  const seen = paths.slice(0, MAX_PATHS).map(path => `${shortText(path.span)} is ${seenIn(path, frame)}`)
  const isSaid = seen.length === 0 || code.role === 'path'
  return `${text} is ${shown(value)}${isSaid ? '' : `: ${seen.join(', ')}`}`
}

/** The parts to blame for a result that is not true; none where it is the whole. */
function decidersOf({ role, parts }: Code, value: unknown, frame: Frame): readonly Code[] {
  const firstThatIs = (wanted: unknown): readonly Code[] =>
    parts.filter(part => evaluate(part, frame) === wanted).slice(0, 1)
  switch (role) {
    case 'and':
      return value === true ? [] : firstThatIs(value)
    case 'or':
      return value === true ? [] : parts.filter(part => evaluate(part, frame) !== true)
    case 'not':
      return value === undefined ? parts : []
    case 'if': {
      const [test, then, otherwise] = parts
      const chosen = test === undefined ? undefined : evaluate(test, frame)
      const part = chosen === true ? then : chosen === false ? otherwise : test
      return part === undefined ? [] : [part]
    }
    default:
      return []
  }
}

function several(parts: readonly Code[], frame: Frame): string {
  const more = parts.length - MAX_REASONS
  const told = parts.slice(0, MAX_REASONS).map(part => why(part, frame))
  return `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

/** The longest paths into the event that a part reads. */
function pathsIn(code: Code): readonly Code[] {
  if (code.role === 'path') return isLocal(code) ? [] : [code]
  return code.parts.flatMap(pathsIn)
}

function seenIn(path: Code, frame: Frame): string {
  const value = evaluate(path, frame)
  if (value === undefined) return 'absent'
  return path.type.kind === 'timestamp' ? frame.event.at : shown(value)
}

/** A value in short: JSON where that is small, otherwise what it is. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, MAX_TEXT))
  if (typeof value !== 'object' || value === null) return String(value)
  if (!isList(value)) return `an object of ${Object.keys(value).length}`
  const isSmall = value.length <= MAX_ITEMS && value.every(item => typeof item !== 'object' || item === null)
  return isSmall ? `[${value.map(shown).join(', ')}]` : `a list of ${value.length}`
}
