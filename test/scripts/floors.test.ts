import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { FLOORS, violationsIn } from '../../scripts/floors.ts'
import { readSources } from '../../scripts/sources.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/floors.ts')

/** What `look` sees in a project of these files. */
function project<T>(files: Readonly<Record<string, string>>, look: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'floors-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return look(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

const violations = (files: Readonly<Record<string, string>>): readonly string[] =>
  project(files, root =>
    violationsIn(readSources(root)).map(({ file, line, rule }) => `${file}:${line}: ${rule}`),
  )

/** The check as it is run. */
function run(files: Readonly<Record<string, string>>): { code: number | null; out: string; err: string } {
  return project(files, root => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, root], { encoding: 'utf8' })
    return { code: status, out: stdout, err: stderr }
  })
}

/** A house in order, with everything in it that looks like an import and is none. */
const house = {
  'package.json': '{}',
  'src/base/index.ts': "export { now } from './clock.ts'\n",
  'src/base/clock.ts': 'export const now = 1\n',
  'src/store/index.ts': "export type { Store } from './port.ts'\n",
  'src/store/port.ts': "import { now } from '../base/index.ts'\nexport type Store = typeof now\n",
  'src/store/sqlite/index.ts': [
    "import type { Store } from '../port.ts'",
    "import { now } from '../../base/index.ts'",
    "export const worker = new URL('./worker.ts', import.meta.url)",
    'export const store: Store = now',
    '',
  ].join('\n'),
  'src/store/sqlite/worker.ts': "import { parentPort } from 'node:worker_threads'\nparentPort?.close()\n",
  'src/http/index.ts': [
    "// import '../app/index.ts'",
    "/* export * from '../app/index.ts' */",
    'export const text = "import \'../app/index.ts\'"',
    'export const template = `',
    'import "../app/index.ts"`',
    'export const pattern = /import\\("..\\/app\\/index.ts"\\)/',
    "export const elsewhere = new URL('../app/index.ts', 'https://example.com/a/b/')",
    '',
  ].join('\n'),
  'src/app/index.ts':
    "import json from '../../package.json' with { type: 'json' }\nexport const app = json\n",
  'src/index.ts': "export * from './app/index.ts'\nexport * from './store/sqlite/index.ts'\n",
  'test/app.test.ts': "import { now } from '../src/base/clock.ts'\nimport '../src/app/index.ts'\nnow\n",
}

test('a house in order is accepted, and the check says how much it has read', () => {
  assert.deepEqual(run(house), { code: 0, out: '10 files, 12 imports, 0 violations\n', err: '' })
})

test('a violation is told with its file, line, rule and mend, and fails the check', () => {
  const { code, err } = run({ ...house, 'src/http/a.ts': "\nimport type { app } from '../app/index.ts'\n" })
  assert.equal(
    err,
    'src/http/a.ts:2: http (floor 1) imports app (floor 5): imports go to a strictly lower floor. ' +
      'Take it as an argument, or move what both need down.\n',
  )
  assert.equal(code, 1)
})

test('a check that finds no code fails', () => {
  const { code, err } = run({ 'package.json': '{}' })
  assert.equal(code, 1)
  assert.match(err, /No code below/)
})

test('a file that does not parse fails the check', () => {
  const { code, err } = run({ ...house, 'src/http/broken.ts': "import { from './a.ts'\n" })
  assert.equal(code, 1)
  assert.match(err, /src\/http\/broken\.ts/)
})

const planted: readonly (readonly [name: string, path: string, text: string, expected: string])[] = [
  [
    'an upward import is refused even when it imports only a type',
    'src/http/a.ts',
    "// One line above\nimport type { app } from '../app/index.ts'\nexport type A = typeof app\n",
    'src/http/a.ts:2: http (floor 1) imports app (floor 5): imports go to a strictly lower floor',
  ],
  [
    'an upward re-export is refused',
    'src/http/a.ts',
    "\n\nexport * from '../app/index.ts'\n",
    'src/http/a.ts:3: http (floor 1) imports app (floor 5): imports go to a strictly lower floor',
  ],
  [
    'an upward import() is refused',
    'src/http/a.ts',
    "export const load = async () => {\n  await import('../app/index.ts')\n}\n",
    'src/http/a.ts:2: http (floor 1) imports app (floor 5): imports go to a strictly lower floor',
  ],
  [
    'an upward import() with a template is refused',
    'src/http/a.ts',
    'export const load = () => import(`../app/index.ts`)\n',
    'src/http/a.ts:1: http (floor 1) imports app (floor 5): imports go to a strictly lower floor',
  ],
  [
    'an upward import() type is refused',
    'src/http/a.ts',
    "export interface A {\n  app: import('../app/index.ts').App\n}\n",
    'src/http/a.ts:2: http (floor 1) imports app (floor 5): imports go to a strictly lower floor',
  ],
  [
    'an upward worker is refused',
    'src/http/a.ts',
    "export const url = new URL('../app/worker.ts', import.meta.url)\n",
    'src/http/a.ts:1: http (floor 1) imports app (floor 5): imports go to a strictly lower floor',
  ],
  [
    'a sideways import is refused',
    'src/http/a.ts',
    "import type { Store } from '../store/index.ts'\nexport type A = Store\n",
    'src/http/a.ts:1: http (floor 1) imports store (floor 1): imports go to a strictly lower floor',
  ],
  [
    'a room does not import its own leaf',
    'src/store/a.ts',
    "export * from './sqlite/index.ts'\n",
    'src/store/a.ts:1: store (floor 1) imports store/sqlite (floor 1): imports go to a strictly lower floor',
  ],
  [
    'a leaf does not import another leaf',
    'src/store/postgres/index.ts',
    "export * from '../sqlite/index.ts'\n",
    'src/store/postgres/index.ts:1: store/postgres (floor 1) imports store/sqlite (floor 1): imports go to a strictly lower floor',
  ],
  [
    'a room does not import the files above all rooms',
    'src/http/a.ts',
    "export * from '../index.ts'\n",
    'src/http/a.ts:1: http (floor 1) imports a file above all rooms: imports go to a strictly lower floor',
  ],
  [
    'an import past the index of another room is refused',
    'src/http/a.ts',
    "import { now } from '../base/clock.ts'\nexport { now }\n",
    'src/http/a.ts:1: http reaches into base: another room is imported through its index.ts',
  ],
  [
    'a leaf reaches past the index of no room but its parent',
    'src/store/sqlite/a.ts',
    "export * from '../../base/clock.ts'\n",
    'src/store/sqlite/a.ts:1: store/sqlite reaches into base: another room is imported through its index.ts',
  ],
  [
    'the files above all rooms use the indexes too',
    'src/cli.ts',
    "export * from './app/deep.ts'\n",
    'src/cli.ts:1: a file above all rooms reaches into app: another room is imported through its index.ts',
  ],
  [
    'a folder that is on no floor is refused',
    'src/utils/a.ts',
    'export const a = 1\n',
    'src/utils/a.ts:1: src/utils is on no floor',
  ],
  [
    'a folder in a room with leaves is refused until the table says whether it is one',
    'src/store/mysql/a.ts',
    'export const a = 1\n',
    'src/store/mysql/a.ts:1: src/store/mysql is on no floor',
  ],
  [
    'an import from src of what is not published is refused',
    'src/http/a.ts',
    "import '../../test/app.test.ts'\n",
    'src/http/a.ts:1: src imports test/app.test.ts, which is not published',
  ],
  [
    'an import of the package by its own name is refused',
    'src/http/a.ts',
    "export type A = import('signalbox/node').Node\n",
    "src/http/a.ts:1: src names itself 'signalbox/node'",
  ],
  [
    'an import that does not end in .ts is refused',
    'src/http/a.ts',
    "export * from './b.js'\n",
    "src/http/a.ts:1: './b.js' does not end in .ts",
  ],
  [
    'a file that imports itself is a circle',
    'src/http/a.ts',
    "export const a = 1\nexport type A = typeof import('./a.ts')\n",
    'src/http/a.ts:2: these files import each other in a circle: src/http/a.ts -> src/http/a.ts',
  ],
]

for (const [name, path, text, expected] of planted) {
  test(name, () => assert.deepEqual(violations({ ...house, [path]: text }), [expected]))
}

test('a circle of files is refused once, type-only imports included', () => {
  const found = violations({
    ...house,
    'src/http/a.ts': "import { b } from './b.ts'\nexport const a = b\n",
    'src/http/b.ts': "import { c } from './c.ts'\nexport const b = c\n",
    'src/http/c.ts': "\nimport type { a } from './a.ts'\nexport const c = 1\nexport type A = typeof a\n",
  })
  assert.deepEqual(found, [
    'src/http/c.ts:2: these files import each other in a circle: ' +
      'src/http/a.ts -> src/http/b.ts -> src/http/c.ts -> src/http/a.ts',
  ])
})

test('a circle outside src is refused as well', () => {
  const found = violations({
    ...house,
    'test/a.ts': "export * from './b.ts'\n",
    'test/b.ts': "export * from './a.ts'\n",
  })
  assert.deepEqual(found, [
    'test/b.ts:1: these files import each other in a circle: test/a.ts -> test/b.ts -> test/a.ts',
  ])
})

test('the table in CONTRIBUTING.md is the table of the check', () => {
  const rows = readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| (\d) \| (.*) \|$/gm)
  const told = Array.from(rows, ([, floor, rooms]) => [Number(floor), rooms])
  assert.deepEqual(
    told.toReversed(),
    FLOORS.map((rooms, floor) => [floor, rooms.join(', ')]),
  )
})
