const FARTHEST = 2
const LONGEST = 64

/** The name that was probably meant: at most two edits away, and less than half the word. */
export function closest(name: string, names: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined
  const near = names
    .filter(one => Math.abs(one.length - name.length) <= FARTHEST)
    .map(one => ({ one, edits: edits(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ edits }) => edits <= FARTHEST && edits * 2 < name.length)
  return near.toSorted((a, b) => a.edits - b.edits)[0]?.one
}

/** Levenshtein's distance, a row at a time. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1])
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
