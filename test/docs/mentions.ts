import { existsSync, globSync, readFileSync } from 'node:fs'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
// The whole of an api as it is served, Signalbox's own routes included.
import { compileApi } from '../../src/app/compile.ts'
import { createIds, systemClock, systemRandom } from '../../src/base/index.ts'
import { dialect } from '../../src/store/sqlite/dialect.ts'
import { createEgress } from '../../src/webhooks/index.ts'
import type { Document } from './markdown.ts'

interface Manifest {
  readonly scripts: { readonly [name: string]: string }
  readonly exports: { readonly [entry: string]: unknown }
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const sources = globSync('{src,examples,test,scripts}/**/*.ts')
  .filter(path => !path.startsWith('test/docs/'))
  .map(path => readFileSync(path, 'utf8'))
  .concat(readFileSync('package.json', 'utf8'))
  .join('\n')
  .toLowerCase()
const routes = compileApi(newsroom, {
  dialect,
  egress: createEgress({ open: [] }),
  clock: systemClock,
  random: systemRandom,
  newId: createIds(systemClock, systemRandom),
}).routes.map(({ path }) => path)

/** What a document names in backticks and is not there, with the reason. */
export function missingMentions(document: Document): readonly string[] {
  const examples = document.blocks.map(block => block.text).join('\n')
  return document.code.flatMap(({ line, text }) => {
    const wrong = missing(text, examples)
    return wrong === undefined ? [] : [`${document.path}:${line}: ${wrong}`]
  })
}

function missing(text: string, examples: string): string | undefined {
  const script = /(?:^| )npm (?:run (?:-s |--silent )?)?([a-z][a-z:]*)/.exec(text)?.[1]
  if (script !== undefined) {
    if (Object.hasOwn(manifest.scripts, script) || ['ci', 'install', 'publish'].includes(script))
      return undefined
    return `there is no script '${script}'`
  }
  const path = /^(?:(?:GET|POST|PATCH|DELETE) )?(\/[a-z][\w/{}.-]*)$/.exec(text)?.[1]
  if (path !== undefined) return isServed(path, examples) ? undefined : `nothing is served at '${path}'`
  const entry = /^signalbox(\/\w+)?$/.exec(text)
  if (entry !== null)
    return Object.hasOwn(manifest.exports, `.${entry[1] ?? ''}`) ? undefined : `no export '${text}'`
  if (/^(?:src|test|docs|examples|scripts|bench|\.ci)\/[\w./-]*$/.test(text)) {
    return existsSync(text) ? undefined : `there is no file '${text}'`
  }
  // Problem codes, header names, outcomes.
  if (/^[A-Za-z]+(?:-[A-Za-z]+)+$/.test(text)) {
    const word = text.toLowerCase()
    return sources.includes(word) || examples.includes(word)
      ? undefined
      : `'${text}' is nowhere in the sources`
  }
  return undefined
}

const shapeOf = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}')
const PAGES = [
  '/docs',
  '/docs/problems',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/v1',
  '/sample/',
  '/sample/feed.rss',
]

/** By the newsroom, at its base or below it, or by an example of the same document. */
function isServed(path: string, examples: string): boolean {
  const asked = shapeOf(path)
  if (PAGES.includes(path) || examples.includes(`'${path}'`)) return true
  const declared = [...examples.matchAll(/path: '([^']+)'/g)].flatMap(([, at = '']) => [at, `${at}/{id}`])
  return [...routes, ...declared].some(at => [shapeOf(at), shapeOf(at).replace(/^\/v1/, '')].includes(asked))
}
