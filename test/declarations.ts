import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runAll } from '../scripts/run.ts'
import { changes, ROOT } from './sources.ts'

const FOLDER = join(ROOT, 'node_modules/.cache/declarations')

/**
 * Options for `tsc` under which `signalbox` is the package as others have it: its declarations, which are made once after each change of the
 * sources. To check the sources themselves along with what imports them takes several times as long.
 */
export async function packageOptions() {
  const folder = await declared()
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly types: string }>>
  }
  const entries = Object.entries(exports).map(([entry, { types }]) => [
    `signalbox${entry.slice(1)}`,
    [types.replace('./dist', folder)],
  ])
  return { customConditions: [], paths: Object.fromEntries(entries) as Record<string, string[]> }
}

/** The folder of them. It is named by the last change, and is there as a whole or not at all: others make it at the same time. */
async function declared(): Promise<string> {
  const last = Math.max(...changes(['package-lock.json', 'tsconfig*.json', 'src/**']))
  const folder = join(FOLDER, String(last))
  if (existsSync(folder)) return folder
  await mkdir(FOLDER, { recursive: true })
  const draft = await mkdtemp(join(FOLDER, 'draft-'))
  // That the sources are without fault is not asked here.
  const options = ['--noCheck', '--declarationMap', 'false', '--outDir', draft]
  await runAll(['tsc', '-p', join(ROOT, 'tsconfig.build.json'), ...options])
  try {
    await rename(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
    await rm(draft, { recursive: true })
  }
  for (const name of await readdir(FOLDER))
    if (Number(name) < last) await rm(join(FOLDER, name), { recursive: true, force: true })
  return folder
}
