// How types of events are asked for: by name, with `article.*` for all whose names begin so, and with `*` for all. Webhooks
// and the feed ask alike.

/** All that a type of this name is asked for by: `article.noted` by itself, `article.*` and `*`. */
export function askedBy(name: string): readonly string[] {
  const words = name.split('.')
  return [name, ...words.slice(1).map((_, i) => `${words.slice(0, i + 1).join('.')}.*`), '*']
}

/** All that can be asked for where there are types of these names. */
export const askable = (names: Iterable<string>): Set<string> => new Set([...names].flatMap(askedBy))

/** Those of the names that are asked for. */
export function namesAsked(asked: Iterable<string>, names: Iterable<string>): readonly string[] {
  const all = new Set(asked)
  return [...names].filter(name => askedBy(name).some(each => all.has(each)))
}
