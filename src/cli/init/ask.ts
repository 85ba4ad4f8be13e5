import type { Catalog, FoundTable } from './catalog.ts'
import type { ChosenTable } from './choices.ts'
import { faultsOf, isKey } from './faults.ts'
import { columnLine, tableLine } from './shown.ts'

/** Who is asked, a line at a time. */
export interface Asked {
  say(text: string): void
  /** Undefined where there will be no more answers. */
  answer(question: string): Promise<string | undefined>
}

/** Asks what of the tables is to be shared. Nothing is chosen until it is named; an empty answer chooses nothing. */
export async function askChoices(catalog: Catalog, asked: Asked): Promise<readonly ChosenTable[]> {
  asked.say('Nothing is shared unless you name it.\n')
  const names = catalog.tables.map(({ name }) => name)
  for (const [i, table] of catalog.tables.entries())
    asked.say(`${String(i + 1).padStart(4)}  ${tableLine(table)}`)
  if (catalog.hidden.length > 0)
    asked.say(`\nNot on the search path, and not to be had: ${catalog.hidden.join(', ')}`)
  const chosen = await pick(asked, '\nTables to share, as numbers or names (3,5-7,orders): ', names)
  const tables: ChosenTable[] = []
  for (const name of chosen) {
    const table = catalog.tables.find(each => each.name === name)
    const choice = table && (await askTable(catalog, table, asked))
    if (choice !== undefined) tables.push(choice)
  }
  return tables
}

async function askTable(catalog: Catalog, table: FoundTable, asked: Asked): Promise<ChosenTable | undefined> {
  const { engine } = catalog
  const faults = faultsOf(catalog, { name: table.name, columns: [], owner: 'shared', write: false })
  if (faults.length > 0) {
    asked.say(`\n${faults.join('\n')}`)
    return undefined
  }
  const columns = table.columns.map(({ name }) => name)
  asked.say(`\n${table.name}`)
  for (const [i, column] of table.columns.entries())
    asked.say(`${String(i + 1).padStart(4)}  ${columnLine(engine, table, column)}`)
  const chosen = await pick(asked, `Columns of ${table.name} to share: `, columns)
  if (chosen.length === 0) {
    asked.say(`${table.name} is not shared.`)
    return undefined
  }
  const owners = table.columns.filter(column => isKey(engine, column)).map(({ name }) => name)
  const owner = await askOwner(asked, table.name, columns, owners)
  if (owner === undefined) {
    asked.say(`${table.name} is not shared.`)
    return undefined
  }
  const write =
    table.kind === 'table' &&
    isYes(await asked.answer(`May callers change rows of ${table.name}, rather than read them only? (y/N) `))
  return { name: table.name, columns: chosen, owner, write }
}

async function askOwner(
  asked: Asked,
  table: string,
  columns: readonly string[],
  fit: readonly string[],
): Promise<ChosenTable['owner'] | undefined> {
  for (;;) {
    const given = await asked.answer(
      `Whose are its rows? The column with the account's id, or 'shared' where every account sees all: `,
    )
    if (given === undefined || given.trim() === '') return undefined
    const name = given.trim()
    if (name === 'shared' && !columns.includes('shared')) return 'shared'
    const column = /^\d+$/.test(name) ? columns[Number(name) - 1] : name
    if (column !== undefined && fit.includes(column)) return { column }
    asked.say(
      columns.includes(column ?? '')
        ? `'${column}' cannot hold ids of accounts. These can: ${fit.join(', ')}`
        : `There is no column '${name}' in ${table}.`,
    )
  }
}

/** Asks until the answer can be read. Empty is nothing. */
async function pick(asked: Asked, question: string, names: readonly string[]): Promise<readonly string[]> {
  for (;;) {
    const found = pickedOf((await asked.answer(question)) ?? '', names)
    if ('picked' in found) return found.picked
    asked.say(found.fault)
  }
}

/** What `3,5-7,orders` means. A name that is a number is meant by its number. */
export function pickedOf(
  answer: string,
  names: readonly string[],
): { readonly picked: readonly string[] } | { readonly fault: string } {
  const picked = new Set<string>()
  for (const part of answer.split(',').map(each => each.trim())) {
    if (part === '') continue
    const [, from, to = from] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(part) ?? []
    if (from === undefined) {
      if (!names.includes(part)) return { fault: `There is no '${part}'.` }
      picked.add(part)
      continue
    }
    const range = names.slice(Number(from) - 1, Number(to))
    if (Number(from) < 1 || Number(to) > names.length || range.length === 0)
      return { fault: `'${part}' is not between 1 and ${names.length}.` }
    for (const name of range) picked.add(name)
  }
  return { picked: [...picked] }
}

export const isYes = (answer: string | undefined): boolean => /^\s*y(?:es)?\s*$/i.test(answer ?? '')
