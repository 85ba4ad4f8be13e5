import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { pack } from '../../scripts/package.ts'

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const entries = Object.keys(manifest.exports)
  .filter(entry => !entry.endsWith('.json'))
  .map(entry => posix.join(manifest.name, entry))

/** A project that has installed the package: the tarball unpacked, and its dependencies beside it. */
const project = mkdtempSync(join(tmpdir(), 'installed-'))
const installed = join(project, 'node_modules', manifest.name)

before(async () => {
  const tarball = await pack(project)
  mkdirSync(installed, { recursive: true })
  const { status, stderr } = spawnSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  assert.equal(status, 0, stderr.toString())
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(resolve('node_modules', name), link)
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
})

after(() => rmSync(project, { recursive: true }))

/** Runs Node in the project; a process that does not end by itself is stopped after 20 s and has no exit code. */
const node = (...args: string[]): { code: number | null; out: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { code: status, out: stdout + stderr }
}

for (const entry of entries) {
  test(`'${entry}' of the packed package can be imported by plain Node, exports something and starts nothing`, () => {
    const script = `console.log(Object.keys(await import('${entry}')).length > 0)`
    assert.deepEqual(node('--input-type=module', '--eval', script), { code: 0, out: 'true\n' })
  })
}

test('what lies beside the code is found: the pages, what they load, and the worker that copies the log', () => {
  const script = `
    import { statSync } from 'node:fs'
    import { api, resource } from 'signalbox'
    import { serve } from 'signalbox/node'
    import { sqlite } from 'signalbox/sqlite'
    import * as z from 'zod'
    const notes = resource('note', { path: '/notes', schema: z.object({ id: z.string(), text: z.string() }), owner: 'account_id' })
    const definition = api({ title: 'Notes', version: '1', resources: [notes] })
    const { app, url, close } = await serve(definition, { store: sqlite('notes.db'), port: 0 })
    for (const path of ['/portal', '/docs', '/docs/assets/scalar.js'])
      console.log(path, (await fetch(url + path)).status)
    const size = () => statSync('notes.db').size
    const before = size()
    const account = await app.accounts.create('notes')
    const deadline = performance.now() + 10_000
    while (size() === before && performance.now() < deadline)
      await app.unit(account, ({ on }) => on(notes).create({ text: 'x'.repeat(100_000) }))
    console.log('copied', size() > before)
    await close()`
  assert.deepEqual(node('--input-type=module', '--eval', script), {
    code: 0,
    out: '/portal 200\n/docs 200\n/docs/assets/scalar.js 200\ncopied true\n',
  })
})

test('a strict project compiles against the declarations of every export', () => {
  const lines = entries.map((entry, at) => `export type * as e${at} from '${entry}'\n`)
  writeFileSync(join(project, 'consumer.ts'), lines.join(''))
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
  const tsc = resolve('node_modules/typescript/bin/tsc')
  assert.deepEqual(node(tsc, ...options, 'consumer.ts'), { code: 0, out: '' })
})

test('the program of the packed package runs, and finds all that it needs', () => {
  const program = join(installed, 'dist/cli/main.js')
  const help = node(program, '--help')
  assert.equal(help.code, 0)
  assert.match(help.out, /^signalbox: /)
  const args = ['--forward-to', 'localhost:9', '--url', 'http://127.0.0.1:9/v1', '--key', 'none']
  const listening = node(program, 'listen', ...args)
  assert.equal(listening.code, 1)
  assert.match(listening.out, /Signing secret: whsec_.*cannot be reached/s)
})

test('the package holds the product, the documents that it leads to, and nothing of the workshop', () => {
  const { stdout } = spawnSync('find', ['.', '-maxdepth', '1', '-mindepth', '1'], {
    cwd: installed,
    encoding: 'utf8',
  })
  const documents = ['./CHANGELOG.md', './LICENSE', './README.md', './docs', './deploy']
  const allowed = [...documents, './dist', './package.json', './src']
  assert.deepEqual(
    stdout.split('\n').filter(name => name !== '' && !allowed.includes(name)),
    [],
  )
})
