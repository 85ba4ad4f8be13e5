/** The first words of a text, without comments and strings. */
const FIRST = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([a-z]+)/i
const TRANSACTION: ReadonlySet<string> = new Set([
  'abort',
  'begin',
  'commit',
  'end',
  'prepare',
  'release',
  'rollback',
  'savepoint',
  'start',
])

/** As many are prepared on each connection; what comes later is parsed each time. */
const MOST = 1_000

const names = new Map<string, string | undefined>()

/**
 * The name under which a statement is prepared, the same on every connection; undefined where there are too many already.
 *
 * @throws Error for a statement that begins or ends a transaction: a unit does that by itself.
 */
export function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.has(text)) return known
  const verb = FIRST.exec(text)?.[1]?.toLowerCase() ?? ''
  if (TRANSACTION.has(verb)) {
    throw new Error(`'${verb}' is not for statements: a unit of work begins, commits and undoes by itself`)
  }
  if (names.size >= MOST) return undefined
  // A plan of DDL is never used again.
  const name = DDL.has(verb) ? undefined : `s${names.size}`
  names.set(text, name)
  return name
}

const DDL: ReadonlySet<string> = new Set([
  'alter',
  'comment',
  'create',
  'drop',
  'grant',
  'revoke',
  'truncate',
])
