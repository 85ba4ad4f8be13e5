import { existsSync, globSync, readFileSync } from 'node:fs'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { compileOnly } from '../app/compile-only.ts'
// The whole of an api as it is served, Signalbox's own routes included.
import type { Document } from './markdown.ts'

interface Manifest {
  readonly scripts: { readonly [name: string]: string }
  readonly exports: { readonly [entry: string]: unknown }
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const sources = globSync('{src,examples,scripts}/**/*.ts')
  .map(path => readFileSync(path, 'utf8'))
  .concat(readFileSync('package.json', 'utf8'))
  .join('\n')
  .toLowerCase()
const routes = compileOnly(newsroom).routes.map(({ path }) => path)

/** What a document names in backticks and is not there, with the reason. */
export function missingMentions({ path, blocks, code }: Document): readonly string[] {
  const examples = blocks.map(block => block.text).join('\n')
  return code.flatMap(({ line, text }) => {
    // Decisions name what was not taken, too.
    const wrong =
      missing(text, examples) ?? (path.includes('/decisions/') ? undefined : unknown(text, examples))
    return wrong === undefined ? [] : [`${path}:${line}: ${wrong}`]
  })
}

function missing(text: string, examples: string): string | undefined {
  const script = /(?:^| )npm (?:run (?:-s )?)?([a-z][a-z:]*)/.exec(text)?.[1]
  if (script !== undefined) {
    const isThere = Object.hasOwn(manifest.scripts, script) || script === 'ci'
    return isThere ? undefined : `there is no script '${script}'`
  }
  const path = /^(?:(?:GET|POST|PUT|PATCH|DELETE) )?(\/[a-z][\w/{}.-]*)$/.exec(text)?.[1]
  if (path !== undefined) return isServed(path, examples) ? undefined : `nothing is served at '${path}'`
  const entry = /^signalbox((?:\/\w+)?)$/.exec(text)?.[1]
  if (entry !== undefined)
    return Object.hasOwn(manifest.exports, `.${entry}`) ? undefined : `no export '${text}'`
  const isFile = /^(?:src|test|docs|examples|scripts|bench|\.ci)\/[\w./-]*$/.test(text)
  return isFile && !existsSync(text) ? `there is no file '${text}'` : undefined
}

/** Problem codes, header names and outcomes: words with hyphens, which the sources must have as well. */
function unknown(text: string, examples: string): string | undefined {
  const word = text.toLowerCase()
  if (!/^[a-z]+(?:-[a-z]+)+$/.test(word) || sources.includes(word) || examples.includes(word))
    return undefined
  return `'${text}' is nowhere in the sources`
}

const shapeOf = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}')
const PAGES = [
  '/docs',
  '/docs/problems',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/metrics',
  '/portal',
  '/portal/session',
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
