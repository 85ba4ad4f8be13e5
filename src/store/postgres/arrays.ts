// PostgreSQL writes an array as `{a,"b c",NULL}`, and those in it alike (Arrays, "Array Input and Output Syntax").

/** The text of an array as JSON has it. `read` makes an item of its text. */
export function readArray(text: string, read: (item: string) => unknown): readonly unknown[] {
  // Lower bounds that are not 1 stand before it: `[0:1]={1,2}`.
  const body = text.slice(text.indexOf('{'))
  const stack: unknown[][] = [[]]
  for (const [token] of body.matchAll(/[{}]|"(?:[^"\\]|\\.)*"|[^{},"]+/gs)) {
    const inner = stack.at(-1) ?? []
    if (token === '{') {
      const list: unknown[] = []
      inner.push(list)
      stack.push(list)
    } else if (token === '}') stack.pop()
    else if (token.startsWith('"')) inner.push(read(token.slice(1, -1).replaceAll(/\\(.)/gs, '$1')))
    else inner.push(token === 'NULL' ? null : read(token))
  }
  return (stack[0]?.[0] ?? []) as readonly unknown[]
}

/** A JSON array as PostgreSQL takes it; undefined where it is none. `write` makes the text of an item. */
export function arrayLiteral(json: string, write: (item: unknown) => string = plainText): string | undefined {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? literal(value, write) : undefined
}

const literal = (list: readonly unknown[], write: (item: unknown) => string): string =>
  `{${list.map(item => itemText(item, write)).join(',')}}`

function itemText(item: unknown, write: (item: unknown) => string): string {
  if (item === null) return 'NULL'
  // Of JSON a list is an item like any other.
  if (Array.isArray(item) && write === plainText) return literal(item, write)
  return `"${write(item).replaceAll(/["\\]/g, '\\$&')}"`
}

const plainText = (item: unknown): string => (typeof item === 'string' ? item : JSON.stringify(item))
