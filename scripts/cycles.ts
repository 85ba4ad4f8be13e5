import { type SourceFile, targetOf } from './sources.ts'

export interface Cycle {
  /** The import that closes the cycle. */
  readonly file: string
  readonly line: number
  /** From the file that is imported back to itself. */
  readonly path: readonly string[]
}

/** Import cycles between files, one for each import that closes one. Type-only imports count: they tangle as well. */
export function cyclesIn(files: readonly SourceFile[]): readonly Cycle[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const cycles: Cycle[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (file: SourceFile): void => {
    trail.push(file.path)
    for (const found of file.imports) {
      const next = byPath.get(targetOf(file.path, found) ?? '')
      if (!next || done.has(next.path)) continue
      const back = trail.indexOf(next.path)
      if (back === -1) visit(next)
      else cycles.push({ file: file.path, line: found.line, path: [...trail.slice(back), next.path] })
    }
    trail.pop()
    done.add(file.path)
  }
  for (const file of files) if (!done.has(file.path)) visit(file)
  return cycles
}
