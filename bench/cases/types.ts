import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Case, Open } from '../measure.ts'
import { SUBJECT_CORE } from '../processes.ts'
import { endpointFiles, type Library } from '../subjects/endpoints.ts'

const bench = join(import.meta.dirname, '..')
const TSC = join(bench, '..', 'node_modules', '.bin', 'tsc')
const execute = promisify(execFile)

const subjects: { readonly [subject: string]: Library } = {
  'zod alone': 'zod',
  orpc: 'orpc',
  signalbox: 'signalbox',
}

/** What the compiler takes for a program of so many endpoints, its start and the libraries' own types included. */
export const types: Open = async () => ({
  cases: [300, 3000].map(
    (count): Case => ({
      name: `${count} endpoints`,
      unit: 'ms',
      baseline: 'orpc',
      entrants: Object.entries(subjects).map(([subject, library]) => ({
        subject,
        run: () => check(library, count),
      })),
    }),
  ),
  [Symbol.asyncDispose]: async () => {},
})

/** Milliseconds, by the compiler's own account. Throws where the program does not compile. */
async function check(library: Library, count: number): Promise<number> {
  // Beside the peers, so that they are found.
  const folder = await mkdtemp(join(bench, '.tmp-types-'))
  try {
    const files = { ...endpointFiles(library, count, '../../src/index.ts'), 'tsconfig.json': CONFIG }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const { stdout } = await execute('taskset', [
      '-c',
      String(SUBJECT_CORE),
      TSC,
      '-p',
      folder,
      '--diagnostics',
    ])
    return Number(/Total time:\s+([\d.]+)s/.exec(stdout)?.[1]) * 1000
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const CONFIG = JSON.stringify({
  compilerOptions: {
    ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2024', lib: ['es2024'], types: ['node'] },
    ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
  },
  include: ['index.ts'],
})
