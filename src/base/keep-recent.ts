/**
 * Remembers what was made of a text. The least recently used is forgotten, in generations: what was used
 * since the last change of generation survives the next. A hit in the young one is a single look-up, where an
 * exact order would cost two writes.
 *
 * @param kept at least this many texts are remembered, and at most twice as many.
 */
export function keepRecent<T>(kept: number, make: (text: string) => T): (text: string) => T {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  return text => {
    const hit = young.get(text)
    if (hit !== undefined) return hit
    const made = old.get(text) ?? make(text)
    if (young.size >= kept) {
      old = young
      young = new Map()
    }
    young.set(text, made)
    return made
  }
}
