import { cpSync, readFileSync, rmSync } from 'node:fs'
import { bundle } from './bundle.ts'
import { buildPortal } from './portal.ts'
import { runAll } from './run.ts'

/** Makes dist/ anew from src/: JavaScript, declarations, maps, and the files that are not code. */
export async function build(): Promise<void> {
  rmSync('dist', { recursive: true, force: true })
  await runAll(['tsc', '-p', 'tsconfig.build.json'])
  await bundle(JSON.parse(readFileSync('package.json', 'utf8')) as Parameters<typeof bundle>[0])
  cpSync('src', 'dist', { recursive: true, filter: path => !path.endsWith('.ts') })
  // The reference page's library comes along, so that users need not install it, and all that it brings, themselves.
  const library = new URL('browser/standalone.js', import.meta.resolve('@scalar/api-reference'))
  cpSync(library, 'dist/openapi/scalar.js')
  await buildPortal()
  cpSync('web/dist', 'dist/portal', { recursive: true })
}

if (import.meta.main) await build()
