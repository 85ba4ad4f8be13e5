import { existsSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { systemClock } from '../../base/index.ts'
import { CliFailure, Misuse } from '../failure.ts'
import { counted, note, print } from '../terminal.ts'
import { type Asked, askChoices, isYes } from './ask.ts'
import type { Catalog } from './catalog.ts'
import { type ChosenTable, type Flags, readFlags } from './choices.ts'
import { databaseOf } from './database.ts'
import { keyText } from './key-text.ts'
import { type Plan, planDefinition } from './plan.ts'
import { catalogText } from './shown.ts'
import { definitionText } from './write.ts'

export interface InitOptions extends Flags {
  readonly database: string
  readonly out: string
  readonly title: string | undefined
  readonly force: boolean
  /** Whether to show what there is, and write nothing. */
  readonly list: boolean
  readonly signal: AbortSignal
}

/** Reads a database, and writes a definition of what was chosen of it. */
export async function init(options: InitOptions): Promise<void> {
  const { out, force, list } = options
  const database = databaseOf(options.database)
  const flagged = readFlags(options)
  if (!list && !force && existsSync(out))
    throw new Misuse(`'${out}' is there already. Name another file with --out, or overwrite it with --force`)
  if (!list && flagged.length === 0 && !process.stdin.isTTY) {
    throw new Misuse(
      'Nothing is shared unless you name it: --table orders:id,total --owner orders.customer_id. --list shows what there is',
    )
  }
  const catalog = await database.read()
  note(`${counted(catalog.tables.length, 'table or view', 'tables and views')} in ${database.name}.`)
  if (list) return print(catalogText(catalog))
  const choices =
    flagged.length > 0 ? flagged : await asking(options.signal, asked => askChoices(catalog, asked))
  if (choices.length === 0) throw new CliFailure('Nothing was chosen, so nothing is written.')
  const plan = planned(catalog, choices)
  for (const line of plan.notes) note(line)
  if (flagged.length === 0) {
    const asks = `Write ${counted(plan.resources.length, 'resource')} to ${out}? (y/N) `
    if (!isYes(await asking(options.signal, asked => asked.answer(asks))))
      throw new CliFailure('Nothing is written.')
  }
  write(plan, database.file, options)
}

function planned(catalog: Catalog, choices: readonly ChosenTable[]): Plan {
  const plan = planDefinition(catalog, choices)
  if ('faults' in plan) throw new Misuse(plan.faults.join('\n'))
  return plan
}

/** Questions go to standard error, as all that is no result does. */
async function asking<T>(signal: AbortSignal, work: (asked: Asked) => Promise<T>): Promise<T> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  // In a terminal that it reads key by key, Ctrl-C is only told of.
  lines.once('SIGINT', () => lines.close())
  const ended = new Promise<undefined>(resolve => lines.once('close', () => resolve(undefined)))
  try {
    return await work({
      say: note,
      answer: question => Promise.race([lines.question(question, { signal }), ended]),
    })
  } finally {
    lines.close()
  }
}

function write(plan: Plan, file: string | undefined, { out, title, force }: InitOptions): void {
  const version = new Date(systemClock.now()).toISOString().slice(0, 10)
  create(out, definitionText(plan, { title: title ?? 'Public API', version }), force)
  const key = join(dirname(out), 'key.ts')
  // What is there is somebody's own.
  if (existsSync(key)) note(`${key} is there already, and stays as it is.`)
  else create(key, keyText({ engine: plan.engine, definition: `./${basename(out)}`, file }), false)
  const variable = file === undefined ? 'DATABASE_URL=postgres://… ' : ''
  note('\nSignalbox keeps tables of its own beside yours, and makes them when it first starts:')
  note(`  ${variable}npx signalbox serve ${out}${file === undefined ? '' : ` --database ${file}`}`)
  note(`  ${variable}node ${key} ACCOUNT`)
}

function create(path: string, text: string, force: boolean): void {
  try {
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    throw new CliFailure(
      `'${path}' cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
  print(path)
}
