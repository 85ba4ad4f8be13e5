import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'

const FOLDER = fileURLToPath(new URL('../node_modules/.cache/programs', import.meta.url))

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
 * hundred modules takes most of a start. Answers the path of the file.
 */
export async function bundled(program: URL): Promise<string> {
  const build = await rolldown({ input: fileURLToPath(program), platform: 'node', plugins: [atHome] })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false, comments: false })
  await build.close()
  // Under the same name each time, so that its compiled form is found again; at once, since others may read it.
  const file = join(FOLDER, basename(program.pathname).replace(/ts$/, 'mjs'))
  const draft = `${file}.${process.pid}`
  await mkdir(FOLDER, { recursive: true })
  await writeFile(draft, output[0].code)
  await rename(draft, file)
  return file
}
