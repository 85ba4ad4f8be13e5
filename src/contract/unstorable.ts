const NUL = '\u0000'

type Path = readonly PropertyKey[]

/**
 * Where in a value texts hold U+0000, names of members included; of them, the first `most`. PostgreSQL has no room for it
 * (https://www.postgresql.org/docs/current/datatype-character.html), and an api takes the same on every store.
 */
export function unstorable(value: unknown, most: number): readonly Path[] {
  // Nearly always nothing, which is found out without a path to every member.
  if (isStorable(value)) return []
  const found: Path[] = []
  look(value, [], path => found.push(path) < most)
  return found
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes(NUL)
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isStorable)
  for (const name of Object.keys(value)) {
    if (name.includes(NUL) || !isStorable((value as { readonly [name: string]: unknown })[name])) return false
  }
  return true
}

/** False once it is enough. */
function look(value: unknown, path: Path, note: (path: Path) => boolean): boolean {
  if (typeof value === 'string') return !value.includes(NUL) || note(path)
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every((item, i) => look(item, [...path, i], note))
  return Object.entries(value).every(([name, member]) =>
    name.includes(NUL) ? note(path) : look(member, [...path, name], note),
  )
}
