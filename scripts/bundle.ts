import { globSync } from 'node:fs'
import { posix } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

interface Manifest {
  readonly exports: { readonly [name: string]: { readonly 'signalbox-source': string } }
  /** Programs, by where they lie once they are built. */
  readonly bin: { readonly [name: string]: string }
}

/**
 * Writes the JavaScript of `src` to `dist` in a few files: what is exported, each program and each worker, under the name that it
 * has there, and what several of them share beside them. To find, read and link some hundred files takes most of a start.
 */
export async function bundle({ exports, bin }: Manifest): Promise<void> {
  const entries = Object.values(exports).map(each => posix.normalize(each['signalbox-source']))
  const programs = Object.values(bin).map(built =>
    built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'),
  )
  const inputs = [...entries, ...programs, ...globSync('src/**/*-worker.ts')]
  const build = await rolldown({
    input: Object.fromEntries(inputs.map(path => [builtName(path).replace(/\.js$/, ''), path])),
    external: id => !/^\.{0,2}\//.test(id),
    platform: 'node',
    plugins: [ownAddress],
  })
  // Comments are in src, which the source maps name. V8 keeps the text of a program for as long as that runs.
  await build.write({ dir: 'dist', chunkFileNames: 'shared/[name].js', sourcemap: true, comments: false })
  await build.close()
}

/** `src/store/sqlite/index.ts` is `store/sqlite/index.js` in `dist`. */
const builtName = (path: string): string => path.replace(/^.*?\bsrc\//, '').replace(/\.ts$/, '.js')

/** Nothing but texts and addresses within a line is changed, so the source maps stay true to the line (`map: null`). */
const ownAddress: Plugin = {
  name: 'own address',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null
    return { code: marked(code, builtName(posix.relative(process.cwd(), id))), map: null }
  },
  renderChunk: (code, { fileName }) => ({ code: inAscii(placed(code, fileName)), map: null }),
}

/** What asks for its own address, with the name that its file would have alone. */
export const marked = (code: string, name: string): string =>
  code.replaceAll('import.meta.url', `ADDRESS_OF('${name}')`)

/** What lies beside a file, a worker or a page, is looked for where the file would lie alone, wherever its code has come to. */
export const placed = (code: string, fileName: string): string =>
  code.replaceAll(/ADDRESS_OF\(["'](.+?)["']\)/g, (_, name: string) => {
    const way = posix.relative(posix.dirname(fileName), name)
    return `new URL('${way.startsWith('.') ? way : `./${way}`}', import.meta.url).href`
  })

/** One character beyond Latin-1 makes V8 keep two bytes for each of a file: here, half a megabyte. */
export const inAscii = (code: string): string =>
  code.replaceAll(/[\u0080-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
