import { globSync, statSync } from 'node:fs'
import { runAll } from './run.ts'

const BUILT = 'web/dist/index.html'

/** Builds the portal, web/dist/, where it is missing or older than what it is made of. */
export async function buildPortal(): Promise<void> {
  if (isStale(modified(BUILT), sources().map(modified))) await runAll(['vite', 'build', 'web'])
}

/** Whether something was changed after it was built. */
export const isStale = (built: number | undefined, sources: readonly (number | undefined)[]): boolean =>
  built === undefined || sources.some(changed => changed !== undefined && changed > built)

/** Folders too: they change where a file is taken away. The lockfile stands for the libraries. */
const sources = (): readonly string[] => [
  'package-lock.json',
  ...globSync('web/**/*', {
    exclude: ['web/dist', 'web/dist/**', 'web/node_modules', 'web/node_modules/**'],
  }),
]

/** In milliseconds; undefined where there is no such file. */
export const modified = (path: string): number | undefined =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs

if (import.meta.main) await buildPortal()
