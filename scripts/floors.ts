import { cyclesIn } from './cycles.ts'
import type { Import } from './imports.ts'
import { readSources, type SourceFile, targetOf } from './sources.ts'

/** The rooms of src/ from the ground up. Rooms on one floor do not know each other. */
export const FLOORS: readonly (readonly string[])[] = [
  ['base'],
  ['contract', 'http', 'store', 'telemetry'],
  ['unit', 'formats', 'openapi'],
  ['work', 'access', 'files'],
  ['webhooks', 'inbound'],
  ['app'],
  ['runtimes', 'client'],
  ['cli'],
]

/** Folders that are rooms of their own, on the floor of the room they lie in, whose files they may use. */
const LEAVES: readonly string[] = [
  'store/sqlite',
  'store/postgres',
  'files/folder',
  'runtimes/node',
  'runtimes/fetch',
]

/** Folders of rooms with leaves that are none: what lies in them is the room's own. */
const INNER: readonly string[] = ['store/conformance']

/** What src/ may read from outside: it lies beside dist/ just as it lies beside src/. */
const OUTSIDE: readonly string[] = ['package.json']

const PACKAGE = 'signalbox'

export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly mend: string
}

/** Everything that breaks the floor rule, in the order of the files. Floors are for src/; cycles are refused everywhere. */
export function violationsIn(files: readonly SourceFile[]): readonly Violation[] {
  return [
    ...files.filter(file => file.path.startsWith('src/')).flatMap(violationsOf),
    ...cyclesIn(files).map(({ file, line, path }) => ({
      file,
      line,
      rule: `these files import each other in a circle: ${path.join(' -> ')}`,
      mend: 'Move what both need into a file below them',
    })),
  ]
}

function violationsOf({ path, imports }: SourceFile): readonly Violation[] {
  const room = roomOf(path)
  if (!room) {
    return [
      {
        file: path,
        line: 1,
        rule: `${path.slice(0, path.lastIndexOf('/'))} is on no floor`,
        mend: 'Give it a place in the table of scripts/floors.ts, or move the file into a room',
      },
    ]
  }
  return imports.flatMap(found => {
    const fault = faultOf(path, room, found)
    return fault ? [{ file: path, line: found.line, ...fault }] : []
  })
}

interface Room {
  readonly name: string
  readonly floor: number
  /** The room a leaf lies in. */
  readonly parent?: string
}

type Fault = Pick<Violation, 'rule' | 'mend'>

function faultOf(from: string, room: Room, found: Import): Fault | undefined {
  const target = targetOf(from, found)
  if (target === undefined) return roundabout(found.specifier)
  if (!target.startsWith('src/')) {
    return OUTSIDE.includes(target)
      ? undefined
      : { rule: `src imports ${target}, which is not published`, mend: 'Move what is needed into src' }
  }
  if (found.kind !== 'url' && !/\.(ts|json)$/.test(target)) {
    return { rule: `'${found.specifier}' does not end in .ts`, mend: 'Name the file as it is on disk' }
  }
  const other = roomOf(target)
  // A target on no floor is told once, for its own file.
  if (!other || other.name === room.name || other.name === room.parent) return undefined
  if (other.floor >= room.floor) {
    return {
      rule: `${label(room)} imports ${label(other)}: imports go to a strictly lower floor`,
      mend: 'Take it as an argument, or move what both need down',
    }
  }
  if (target === `src/${other.name}/index.ts`) return undefined
  return {
    rule: `${room.name || ABOVE} reaches into ${other.name}: another room is imported through its index.ts`,
    mend: `Export it from src/${other.name}/index.ts and import that`,
  }
}

/** Names that lead back into src/ unseen: the package's own, and `imports` of package.json. */
function roundabout(specifier: string): Fault | undefined {
  if (specifier !== PACKAGE && !specifier.startsWith(`${PACKAGE}/`) && !specifier.startsWith('#'))
    return undefined
  return { rule: `src names itself '${specifier}'`, mend: 'Import the file by its relative path' }
}

/** The room of a file below src/; undefined where its folder is on no floor. Files directly in src/ are above all rooms. */
function roomOf(path: string): Room | undefined {
  const [name = '', inner, ...deeper] = path.split('/').slice(1)
  if (inner === undefined) return { name: '', floor: FLOORS.length }
  const floor = FLOORS.findIndex(rooms => rooms.includes(name))
  if (floor === -1) return undefined
  const folder = `${name}/${inner}`
  if (deeper.length > 0 && LEAVES.includes(folder)) return { name: folder, floor, parent: name }
  // In a room with leaves a new folder must say which it is, or a leaf would pass for the room's own files.
  const mustSay = deeper.length > 0 && LEAVES.some(leaf => leaf.startsWith(`${name}/`))
  return mustSay && !INNER.includes(folder) ? undefined : { name, floor }
}

const ABOVE = 'a file above all rooms'

const label = ({ name, floor }: Room): string => (name === '' ? ABOVE : `${name} (floor ${floor})`)

function main(root: string): void {
  const files = readSources(root)
  const violations = violationsIn(files)
  for (const { file, line, rule, mend } of violations) console.error(`${file}:${line}: ${rule}. ${mend}.`)
  const imports = files.reduce((sum, file) => sum + file.imports.length, 0)
  console.log(`${files.length} files, ${imports} imports, ${violations.length} violations`)
  if (violations.length > 0) process.exitCode = 1
}

if (import.meta.main) main(process.argv[2] ?? process.cwd())
