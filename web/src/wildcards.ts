import type { EventType } from './api/types.ts'

/** Something to choose in the list of events: a type, or a wildcard. */
export interface Choice {
  readonly name: string
  readonly description: string | null
}

/** The star, then the types by what they begin with; where several begin alike, the wildcard for them comes first. */
export function choicesOf(types: readonly EventType[]): readonly Choice[] {
  const groups = Map.groupBy(types, ({ name }) => `${name.split('.')[0]}.*`)
  return [
    { name: '*', description: 'Every event, and those that come later.' },
    ...[...groups].flatMap(([name, alike]) =>
      alike.length > 1
        ? [{ name, description: 'All of these, and those that come later.' }, ...alike]
        : alike,
    ),
  ]
}

/** Whether a wildcard asks for a name: for types that begin so, and for wildcards beneath it. */
const covers = (wildcard: string, name: string): boolean =>
  wildcard !== name &&
  (wildcard === '*' || (wildcard.endsWith('.*') && name.startsWith(wildcard.slice(0, -1))))

/** Those of the names that a chosen wildcard asks for anyway. */
export const covered = (chosen: readonly string[], names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter(name => chosen.some(each => covers(each, name))))

/** The types that are asked for. */
export const typesOf = (chosen: readonly string[], types: readonly EventType[]): readonly string[] => {
  const names = types.map(({ name }) => name)
  const all = new Set([...chosen, ...covered(chosen, names)])
  const unknown = chosen.filter(name => !name.endsWith('*') && !names.includes(name))
  return [...names.filter(name => all.has(name)), ...unknown]
}
