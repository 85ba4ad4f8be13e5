import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Import, importsOf } from './imports.ts'

export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly imports: readonly Import[]
}

/** The folders that hold code. */
const FOLDERS = ['src', 'test', 'scripts', 'examples', 'bench', 'conformance']
const CODE = /\.[cm]?[jt]sx?$/
const NOT_OURS = new Set(['node_modules', 'dist'])

/** Every file of code below `root`, sorted by path, with what it imports. Throws where there is none, or one does not parse. */
export function readSources(root: string): readonly SourceFile[] {
  const files = FOLDERS.flatMap(folder => codeBelow(root, folder)).toSorted()
  // A check that reads nothing must not report success.
  if (files.length === 0) throw new Error(`No code below ${root}`)
  return files.map(path => ({ path, imports: importsOf(path, readFileSync(join(root, path), 'utf8')) }))
}

function codeBelow(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : codeBelow(root, path)
    return CODE.test(entry.name) ? [path] : []
  })
}

/** The path an import names, from the root of the project; undefined where it names a package. */
export function targetOf(from: string, { kind, specifier }: Import): string | undefined {
  const path = specifier.replace(/[?#].*$/, '')
  const relative = kind === 'url' ? !/^([a-z][a-z0-9+.-]*:|\/)/i.test(path) : /^\.\.?(\/|$)/.test(path)
  return relative ? posix.join(posix.dirname(from), path) : undefined
}
