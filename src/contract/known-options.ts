import { closest } from '../base/index.ts'
import { DefinitionError } from './definition-error.ts'

/** Each option that there is, so that none can be forgotten; false where it is Signalbox's own, and not to be named. */
export type Known<T> = { readonly [name in keyof Required<T>]: boolean }

/**
 * An option that does not exist would be passed over without a word: Node runs TypeScript without looking at its types.
 *
 * @throws DefinitionError that names the one that was probably meant.
 */
export function refuseUnknown(
  options: object,
  known: { readonly [name: string]: boolean },
  place: string,
): void {
  const unknown = Object.entries(options).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(known, name),
  )
  if (unknown === undefined) return
  const [name] = unknown
  const names = Object.keys(known).filter(one => known[one] === true)
  const meant = closest(name, names)
  throw new DefinitionError(
    place,
    `there is no option '${name}'`,
    meant === undefined ? `Leave it out; there are ${names.join(', ')}` : `Did you mean '${meant}'?`,
  )
}
