import { Misuse } from '../failure.ts'

/** A table of which something is to be shared. What is not named is not. */
export interface ChosenTable {
  readonly name: string
  readonly columns: readonly string[]
  /** The column that holds the account's id, or `shared`. */
  readonly owner: { readonly column: string } | 'shared'
  /** Whether callers may change rows, rather than read them only. */
  readonly write: boolean
}

/** The flags, each as often as it was given. */
export interface Flags {
  readonly table: readonly string[]
  readonly owner: readonly string[]
  readonly shared: readonly string[]
  readonly write: readonly string[]
}

/** Reads `--table orders:id,total --owner orders.customer_id --shared products --write orders`. @throws Misuse. */
export function readFlags({ table, owner, shared, write }: Flags): readonly ChosenTable[] {
  const chosen = new Map<string, readonly string[]>()
  for (const flag of table) {
    const [name, ...columns] = names(flag, '--table', 'orders:id,total')
    if (name === undefined || columns.length === 0) {
      throw new Misuse(
        `--table ${flag}: say which columns are to be shared: --table ${flag.replace(/:$/, '')}:id,…`,
      )
    }
    if (chosen.has(name))
      throw new Misuse(`--table ${flag}: '${name}' is chosen twice. Name all its columns in one`)
    const twice = columns.find((column, i) => columns.indexOf(column) !== i)
    if (twice !== undefined) throw new Misuse(`--table ${flag}: '${twice}' is named twice`)
    chosen.set(name, columns)
  }
  const owners = new Map<string, ChosenTable['owner']>()
  const claim = (name: string, of: ChosenTable['owner'], flag: string): void => {
    if (!chosen.has(name)) throw new Misuse(`${flag}: there is no --table ${name}:…`)
    if (owners.has(name)) throw new Misuse(`${flag}: whose rows those of '${name}' are is said twice`)
    owners.set(name, of)
  }
  for (const flag of owner) {
    const [name = '', column, more] = names(flag, '--owner', 'orders.customer_id')
    if (column === undefined || more !== undefined)
      throw new Misuse(`--owner ${flag}: name a table and its column: --owner orders.customer_id`)
    claim(name, { column }, `--owner ${flag}`)
  }
  for (const flag of shared)
    for (const name of names(flag, '--shared', 'products')) claim(name, 'shared', `--shared ${flag}`)
  const written = new Set<string>()
  for (const flag of write) {
    for (const name of names(flag, '--write', 'orders')) {
      if (!chosen.has(name)) throw new Misuse(`--write ${flag}: there is no --table ${name}:…`)
      written.add(name)
    }
  }
  return [...chosen].map(([name, columns]): ChosenTable => {
    const whose = owners.get(name)
    if (whose === undefined) {
      throw new Misuse(
        `whose rows are those of '${name}'? Name the column that holds the account's id, --owner ${name}.customer_id, or let every account see all of them: --shared ${name}`,
      )
    }
    return { name, columns, owner: whose, write: written.has(name) }
  })
}

/** Names apart by `:`, `.` and `,`; those in double quotes may hold these too. */
function names(flag: string, option: string, like: string): readonly string[] {
  const pattern = option === '--owner' ? OWNER_PART : PART
  const found = [...flag.matchAll(pattern)]
  const length = found.reduce((sum, [whole]) => sum + whole.length, 0)
  const parts = found.map(([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare.trim())
  if (length !== flag.length || parts.length === 0 || parts.includes(''))
    throw new Misuse(`${option} ${flag}: write ${option} ${like}, with names like "a, b" in double quotes`)
  return parts
}

const PART = /(?:"((?:[^"]|"")+)"|([^",:]+))(?:[,:](?=.)|:?$)/gy
const OWNER_PART = /(?:"((?:[^"]|"")+)"|([^".]+))(?:\.(?=.)|$)/gy
