/** A document's first element. */
export interface Root {
  /** Lower case, without a prefix: `html`, `rss`, `feed`, `rdf`. */
  readonly name: string
  /** Where it starts, in UTF-16 units: all that a parser needs lies from here on. */
  readonly at: number
}

/**
 * Steps over white space, declarations, comments and a DOCTYPE with its entities. What is skipped is never
 * parsed, so an entity defined there has no meaning, and a bomb made of such entities stays a short piece of
 * text.
 */
export function rootOf(text: string): Root | undefined {
  let at = 0
  for (;;) {
    while (/[\s\ufeff]/.test(text.charAt(at))) at += 1
    const end = endOfProlog(text, at)
    if (end === undefined) break
    at = end
  }
  const name = /^<(?:[\w.-]+:)?([a-z][\w.-]*)/i.exec(text.slice(at, at + 100))?.[1]
  return name === undefined ? undefined : { name: name.toLowerCase(), at }
}

function endOfProlog(text: string, at: number): number | undefined {
  if (text.startsWith('<?', at)) return after(text, '?>', at)
  if (text.startsWith('<!--', at)) return after(text, '-->', at)
  if (!text.startsWith('<!', at)) return undefined
  const bracket = text.indexOf('[', at)
  const close = text.indexOf('>', at)
  if (bracket === -1 || close < bracket) return after(text, '>', at)
  const subset = /\]\s{0,100}>/g
  subset.lastIndex = bracket
  return subset.exec(text) ? subset.lastIndex : text.length
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found === -1 ? text.length : found + mark.length
}
