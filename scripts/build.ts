import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { importsOf } from './imports.ts'
import { buildPortal } from './portal.ts'
import { runAll } from './run.ts'

/** Makes dist/ anew from src/: JavaScript, declarations, maps, and the files that are not code. */
export async function build(): Promise<void> {
  rmSync('dist', { recursive: true, force: true })
  await runAll(['tsc', '-p', 'tsconfig.build.json'])
  cpSync('src', 'dist', { recursive: true, filter: path => !path.endsWith('.ts') })
  for (const path of globSync('dist/**/*.js')) {
    const text = readFileSync(path, 'utf8')
    const built = nameBuiltFiles(path, text)
    if (built !== text) writeFileSync(path, built)
  }
  // The reference page's library comes along, so that users need not install it, and all that it brings, themselves.
  const library = new URL('browser/standalone.js', import.meta.resolve('@scalar/api-reference'))
  cpSync(library, 'dist/openapi/scalar.js')
  await buildPortal()
  cpSync('web/dist', 'dist/portal', { recursive: true })
}

/**
 * `new URL('./worker.ts', import.meta.url)` becomes `./worker.js`: the compiler renames in imports only.
 * The text keeps its length, so the source maps stay true.
 */
export function nameBuiltFiles(file: string, text: string): string {
  let out = text
  for (const { kind, start, end } of importsOf(file, text)) {
    if (kind !== 'url') continue
    out = out.slice(0, start) + out.slice(start, end).replace(/\.ts(?=\W)/, '.js') + out.slice(end)
  }
  return out
}

if (import.meta.main) await build()
