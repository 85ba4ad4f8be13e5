import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { problems } from '../../src/http/index.ts'
import { retrySchedule } from '../../src/webhooks/plan.ts'
import { packageOptions } from '../declarations.ts'
import { modulesOf, parseDocument, readDocument } from './markdown.ts'
import { missingMentions } from './mentions.ts'
import { exportedNames, otherWords, wrongWords } from './words.ts'

const documents = ['README.md', ...globSync('docs/**/*.md').toSorted()].map(readDocument)
const named = (path: string) => documents.find(document => document.path === path) ?? readDocument(path)
/** The cells of the rows of a document's tables, in backticks or not. */
const rowsOf = (path: string): readonly (readonly string[])[] =>
  named(path).rows.map(cells => cells.map(cell => cell.replaceAll('`', '')))

/** Compiles modules as those of somebody who has the package. Answers what the compiler says. */
async function compile(modules: { readonly [name: string]: string }): Promise<string> {
  const options = await packageOptions()
  mkdirSync('.tmp', { recursive: true })
  const folder = mkdtempSync('.tmp/docs-')
  try {
    const config = {
      extends: '../../tsconfig.json',
      // What an example declares need not be used in it.
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, ...options },
      include: ['*.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text)
    const { stdout, stderr } = spawnSync('node_modules/.bin/tsc', ['-p', folder], { encoding: 'utf8' })
    return (stdout + stderr).replaceAll(`${folder}/`, '')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('every TypeScript block in the documents compiles against the package', async () => {
  const modules = Object.fromEntries(
    documents.flatMap(document =>
      modulesOf(document).map((text, n) => [`${basename(document.path, '.md')}-${n}.ts`, text]),
    ),
  )
  assert.ok(Object.keys(modules).length >= 6, 'the blocks were found')
  assert.equal(await compile(modules), '')
})

test('a block that does not compile is found, with its line in the document', async () => {
  const text =
    '# A\n\n```ts\nexport const a = 1\n```\n\n```ts\n// … goes on\nexport const b: string = a\n```\n'
  const [module = ''] = modulesOf(parseDocument('a.md', text))
  assert.match(await compile({ 'a.ts': module }), /^a\.ts\(9,14\): error TS2322/)
})

test('every relative link leads to a file, and every anchor to a heading', () => {
  for (const { path, links } of [...documents, named('CONTRIBUTING.md'), named('bench/README.md')]) {
    for (const { line, text } of links) {
      if (/^https?:/.test(text)) continue
      const [file = '', anchor] = text.split('#')
      const target = file === '' ? path : normalize(join(dirname(path), file))
      assert.ok(existsSync(target), `${path}:${line}: there is no ${target}`)
      if (anchor === undefined) continue
      assert.ok(named(target).anchors.has(anchor), `${path}:${line}: ${target} has no heading #${anchor}`)
    }
  }
})

test('what documents name in backticks is there: scripts, paths, exports, files, codes and headers', () => {
  assert.deepEqual(documents.flatMap(missingMentions), [])
})

test('a name that leads nowhere is found', () => {
  const text = '`npm run nothing` `/v1/nothing` `signalbox/nothing` `src/nothing.ts` `no-such-code`'
  assert.equal(missingMentions(parseDocument('a.md', text)).length, 5)
})

test('the table of problems has every code of the house with its status, and no other', () => {
  const rows = rowsOf('docs/requests.md').filter(([status = '']) => /^\d{3}$/.test(status))
  const told = rows.map(([status, code]) => [code, Number(status)])
  const house = Object.entries(problems).map(([code, { status }]) => [code, status])
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(house))
  assert.equal(told.length, house.length, 'each stands there once')
})

test('the table of retries is the schedule', () => {
  const rows = rowsOf('docs/webhooks.md').filter(([attempt = '']) => /^\d{1,2}$/.test(attempt))
  const units: { readonly [unit: string]: number } = { s: 1_000, min: 60_000, h: 3_600_000 }
  const told = rows.map(([, wait = '']) => {
    const [amount = '', unit = ''] = wait.split(' ')
    return amount === '–' ? 0 : Number(amount) * (units[unit] ?? Number.NaN)
  })
  assert.deepEqual(told, retrySchedule)
})

test('no exported name uses a word for which the glossary has another', () => {
  const glossary = new Set(rowsOf('docs/glossary.md').flatMap(([words = '']) => words.split(', ')))
  for (const [word, instead] of Object.entries(otherWords)) {
    assert.ok(glossary.has(instead), `the glossary has no '${instead}'`)
    assert.ok(!glossary.has(word), `the glossary has '${word}'`)
  }
  const names = globSync('src/**/index.ts').flatMap(index =>
    exportedNames(index).map(name => `${index}: ${name}`),
  )
  assert.ok(names.length > 100, 'the names were found')
  assert.deepEqual(
    names.filter(name => wrongWords(name.split(': ').at(-1) ?? '').length > 0),
    [],
  )
})

test('a wrong word is found wherever it stands in a name, and not within another', () => {
  const words = (...names: string[]) => names.map(name => wrongWords(name))
  assert.deepEqual(words('createTenant', 'apiKeyOf', 'hook_url'), [['tenant'], ['apikey'], ['hook']])
  assert.deepEqual(words('webhookTest', 'keyOf', 'retry', 'multitasking'), [[], [], [], []])
})
