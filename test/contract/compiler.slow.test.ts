import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { endpointFiles } from '../../bench/subjects/endpoints.ts'

const TSC = resolve('node_modules/.bin/tsc')
const SIGNALBOX = resolve('src/index.ts')

const CONFIG = JSON.stringify({
  compilerOptions: {
    ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2024', lib: ['es2024'], types: ['node'] },
    ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
  },
  include: ['*.ts'],
})

/** What the compiler says of a program. In one thread it counts the same each time. */
function compile(files: { readonly [name: string]: string }, ...flags: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'compiled-'))
  try {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    for (const [name, text] of Object.entries({ ...files, 'tsconfig.json': CONFIG })) {
      writeFileSync(join(folder, name), text)
    }
    return spawnSync(TSC, ['-p', folder, '--singleThreaded', ...flags], { encoding: 'utf8' }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** How many types the compiler instantiates for so many endpoints in one api, which is then handed on. */
function instantiations(count: number): number {
  const files = endpointFiles('signalbox', count, SIGNALBOX)
  const taken = `import type { Api } from '${SIGNALBOX}'\nimport { all } from './index.ts'\nexport const taken: Api = all`
  const said = compile({ ...files, 'taken.ts': taken }, '--extendedDiagnostics')
  assert.doesNotMatch(said, /error TS/)
  const counted = /Instantiations:\s+(\d+)/.exec(said)?.[1]
  assert.ok(counted !== undefined, said)
  return Number(counted)
}

test('an endpoint costs the compiler less than 900 instantiations, the last as much as the first; 300 stay within 290,000', context => {
  const [few, some, many] = [instantiations(100), instantiations(200), instantiations(300)]
  const [first, last] = [(some - few) / 100, (many - some) / 100]
  context.diagnostic(`${first} for each endpoint, then ${last}; ${many} for all`)
  // 856 with zod 4.6, of which 554 are its schemas' own: their types, and that they are schemas.
  assert.ok(first < 900, `${first} for each endpoint`)
  assert.ok(last < first * 1.02, `${last} after ${first}`)
  // And what the first one costs, with all that is imported: 280,000 in all, of which 24,000 are that.
  assert.ok(many < 290_000, `${many} for 300 endpoints`)
})

/** What the compiler calls the types of some expressions, in the words that an editor shows. */
function shown(declarations: string, expressions: readonly string[], options: string): readonly string[] {
  const assigned = expressions.map(expression => `const shown: 0 = ${expression}`)
  const text = `import { endpoint, event, resource } from '${SIGNALBOX}'
import * as z from 'zod'
${declarations}
export const one = endpoint({ ${options}, handle: async call => {
  { ${assigned.join('}\n  { ')} }
} })`
  const said = compile({ 'one.ts': text }, '--noErrorTruncation')
  const types = Array.from(said.matchAll(/Type '(.*)' is not assignable to type '0'/g), ([, type]) => type)
  return expressions.map((expression, i) => `${expression}: ${types[i]}`)
}

test('an editor shows what a handler is given by the names of its fields, not by how they were inferred', () => {
  const article = `const Article = z.object({ id: z.string(), headline: z.string(), score: z.number().default(0) })
const articles = resource('article', { path: '/articles', schema: Article, owner: 'account_id' })
const featured = event('article.featured', z.object({ id: z.string() }))`
  const options = `method: 'POST', path: '/articles/{id}/in/{section}', input: z.object({ note: z.string().optional() }),
problems: { gone: 410 }, emits: [featured], prepare: async () => ({ rank: 1 })`
  const expressions = [
    'call.params',
    'call.input',
    'call.prepared',
    'call.account',
    'call.files',
    'call.fail',
    'call.on(articles).get',
    'call.emit',
  ]
  assert.deepEqual(shown(article, expressions, options), [
    'call.params: { readonly id: string; readonly section: string; }',
    'call.input: { note?: string | undefined; }',
    'call.prepared: { rank: number; }',
    'call.account: string',
    'call.files: Uploaded<Record<never, never>>',
    'call.fail: Fail<{ readonly gone: 410; }>',
    'call.on(articles).get: (id: string) => Promise<{ id: string; headline: string; score: number; } | undefined>',
    'call.emit: <D>(type: EventType<"article.featured", { id: string; }> & EventType<string, D>, data: NoInfer<D>) => void',
  ])
})
