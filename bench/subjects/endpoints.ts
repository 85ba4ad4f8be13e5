/** Who the fixture is written for: `zod` is its schemas alone, which all of them check. */
export type Library = 'zod' | 'orpc' | 'signalbox'

const PER_FILE = 50

/** A program of `count` endpoints with schemas of their own each, as files by name. `index.ts` names all of them. */
export function endpointFiles(
  library: Library,
  count: number,
  from: string,
): { readonly [file: string]: string } {
  const parts = Math.ceil(count / PER_FILE)
  const files: { [file: string]: string } = {}
  for (let part = 0; part < parts; part++) {
    const numbers = Array.from(
      { length: Math.min(PER_FILE, count - part * PER_FILE) },
      (_, i) => part * PER_FILE + i,
    )
    const imports = [...IMPORTS[library](from, 'endpoint'), `import * as z from 'zod'`]
    files[`part${part}.ts`] = [
      ...imports,
      ...numbers.map(i => `export const e${i} = ${ENDPOINTS[library](i)}`),
    ].join('\n')
  }
  const names = Array.from({ length: parts }, (_, part) => `p${part}`)
  files['index.ts'] = [
    ...names.map((name, part) => `import * as ${name} from './part${part}.ts'`),
    ...IMPORTS[library](from, 'api'),
    `export const all = ${WHOLES[library](`{ ${names.map(name => `...${name}`).join(', ')} }`)}`,
    `export const last = ${library === 'signalbox' ? 'all.endpoints' : 'all'}.e${count - 1}`,
  ].join('\n')
  return files
}

const IMPORTS: { readonly [L in Library]: (from: string, name: 'api' | 'endpoint') => readonly string[] } = {
  zod: () => [],
  orpc: (_, name) => (name === 'endpoint' ? [`import { os } from '@orpc/server'`] : []),
  signalbox: (from, name) => [`import { ${name} } from '${from}'`],
}

const input = (i: number): string =>
  `z.object({ name_${i}: z.string().min(1).max(${100 + i}), count_${i}: z.int().min(${i}), kind: z.enum(['a${i}', 'b']),
    tags: z.array(z.string()).max(${(i % 20) + 1}).optional(), at: z.iso.datetime().nullable() })`
const output = (i: number): string =>
  `z.object({ id: z.string(), label_${i}: z.string(), total: z.number() })`
const handler = (i: number): string =>
  `async ({ input }) => ({ id: input.kind, label_${i}: input.name_${i}, total: input.count_${i} })`

const ENDPOINTS: { readonly [L in Library]: (i: number) => string } = {
  zod: i => `{ input: ${input(i)}, output: ${output(i)} }`,
  orpc: i =>
    `os.route({ method: 'POST', path: '/things${i}/{id}' }).input(${input(i)}).output(${output(i)}).handler(${handler(i)})`,
  signalbox: i =>
    `endpoint({ method: 'POST', path: '/things${i}/{id}', input: ${input(i)}, output: ${output(i)}, handle: ${handler(i)} })`,
}

const WHOLES: { readonly [L in Library]: (endpoints: string) => string } = {
  zod: endpoints => endpoints,
  orpc: endpoints => endpoints,
  signalbox: endpoints => `api({ title: 'Things', version: '1', endpoints: ${endpoints} })`,
}
