/** What a field's name leads through, from the root of the body. */
export interface FieldPath {
  readonly segments: readonly string[]
  /** The name ends with `[]`: one more item of a list. */
  readonly listed: boolean
}

/** With dots and without, up to the next character that ends a plain segment. */
const PLAIN = { dotted: /[^.[\]]*/y, undotted: /[^[\]]*/y }

/**
 * Splits `items[0][price]`, `items.0.price` and `tags[]`. Brackets may hold anything but their end, dots included.
 * Says what is wrong where the name is malformed or leads through more than `depth` levels.
 */
export function splitName(name: string, dotted: boolean, depth: number): FieldPath | { detail: string } {
  const plain = dotted ? PLAIN.dotted : PLAIN.undotted
  const segments: string[] = []
  const plainFrom = (start: number): number => {
    plain.lastIndex = start
    const [segment = ''] = plain.exec(name) ?? []
    segments.push(segment)
    return start + segment.length
  }
  let at = name.startsWith('[') ? 0 : plainFrom(0)
  while (at < name.length) {
    if (segments.length >= depth) return { detail: `leads through more than ${depth} lists and objects` }
    if (dotted && name[at] === '.') {
      at = plainFrom(at + 1)
      continue
    }
    const end = name[at] === '[' ? name.indexOf(']', at) : -1
    if (end === -1) return { detail: 'has brackets that do not match, or text after a bracket' }
    const segment = name.slice(at + 1, end)
    at = end + 1
    if (segment !== '') segments.push(segment)
    else if (at === name.length) return { segments, listed: true }
    else return { detail: 'has [] before its end: number the items instead, [0], [1]' }
  }
  return { segments, listed: false }
}
