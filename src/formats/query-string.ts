import { formPairs } from './form/pairs.ts'

/** What is wrong with one parameter, in words that do not repeat its value. */
export interface QueryError {
  readonly parameter: string
  readonly detail: string
}

/** Every parameter with its texts, in the order in which they are given, and what is not percent-encoded UTF-8. */
export function splitQuery(query: string): { given: Map<string, string[]>; errors: QueryError[] } {
  const given = new Map<string, string[]>()
  const errors: QueryError[] = []
  for (const { rawName, name, text } of formPairs(query.startsWith('?') ? query.slice(1) : query)) {
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
