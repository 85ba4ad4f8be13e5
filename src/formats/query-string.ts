/** What is wrong with one parameter, in words that do not repeat its value. */
export interface QueryError {
  readonly parameter: string
  readonly detail: string
}

/** Every parameter with its texts, in the order in which they are given, and what is not percent-encoded UTF-8. */
export function splitQuery(query: string): { given: Map<string, string[]>; errors: QueryError[] } {
  const given = new Map<string, string[]>()
  const errors: QueryError[] = []
  const start = query.startsWith('?') ? 1 : 0
  for (const pair of query.slice(start).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const rawName = equals === -1 ? pair : pair.slice(0, equals)
    const name = decode(rawName)
    const text = equals === -1 ? '' : decode(pair.slice(equals + 1))
    if (name === undefined || text === undefined) {
      errors.push({ parameter: name ?? rawName, detail: 'It is not percent-encoded UTF-8' })
      continue
    }
    const texts = given.get(name)
    if (texts === undefined) given.set(name, [text])
    else texts.push(text)
  }
  return { given, errors }
}

/** A plus is a space (URL Standard §5.1). Undefined where the bytes are not UTF-8 or a percent begins no byte. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
