import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { isStale, modified } from '../scripts/portal.ts'
import { changes, ROOT } from './sources.ts'

const FOLDER = join(ROOT, 'node_modules/.cache/programs')

/** What a module finds beside itself, it finds there from the bundle too. */
const atHome: Plugin = {
  name: 'at home',
  transform: (code, id) =>
    code.includes('import.meta.url')
      ? { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null }
      : null,
}

/**
 * Writes a program and all that it imports to one file, for tests that start it again and again: to find and link some
 * hundred modules takes most of a start. That is done once after each change of the sources. Answers the path of the file.
 */
export async function bundled(program: URL): Promise<string> {
  // Under the same name each time, so that its compiled form is found again.
  const name = relative(ROOT, fileURLToPath(program)).replaceAll('/', '-')
  const file = join(FOLDER, name.replace(/ts$/, 'mjs'))
  const begun = new Date()
  if (!isStale(modified(file), changes(['package-lock.json', '{src,test,examples,scripts}/**']))) return file
  const build = await rolldown({ input: fileURLToPath(program), platform: 'node', plugins: [atHome] })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false, comments: false })
  await build.close()
  const draft = `${file}.${process.pid}`
  await mkdir(FOLDER, { recursive: true })
  await writeFile(draft, output[0].code)
  // What was changed meanwhile is newer.
  await utimes(draft, begun, begun)
  // At once, since others may read it.
  await rename(draft, file)
  return file
}
