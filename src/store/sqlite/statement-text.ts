/** A statement as SQLite prepares it, and what can be known of it before. */
export interface StatementText {
  readonly sql: string
  /** How many values it takes. */
  readonly values: number
  /**
   * Whether SQLite counts changed rows for it. After any other statement it repeats the count of the one
   * before.
   */
  readonly changesRows: boolean
  /** Whether it changes nothing, for certain. */
  readonly isRead: boolean
}

/**
 * Reads a statement with `$1`, `$2` … and writes SQLite's `?1`, `?2` … in their place, or `?` where each stands once and in its
 * turn: SQLite looks for a number among all numbers of a statement, so that binding many values would cost their square.
 *
 * @throws Error for text that SQLite would take and a unit of work must not: two statements (the second would be
 * dropped without a word), and statements that begin or end a transaction.
 */
export function statementText(text: string): StatementText {
  const words: string[] = []
  let values = 0
  let inTurn = true
  let ended = false
  let more = false
  const numbered = text.replace(TOKEN, (token, digits: string | undefined) => {
    if (BLANK.test(token)) return token
    more ||= ended
    if (token === ';') ended = true
    if (words.length < 3) words.push(token.toLowerCase())
    if (digits === undefined) return token
    inTurn &&= Number(digits) === values + 1
    values = Math.max(values, Number(digits))
    return `?${digits}`
  })
  const [verb = ''] = words
  if (TRANSACTION.has(verb)) {
    throw new Error(`'${verb}' is not for statements: a unit of work begins, commits and undoes by itself`)
  }
  if (more && !(verb === 'create' && words.includes('trigger'))) {
    throw new Error(`one statement at a time; this text holds several: ${text}`)
  }
  const sql = inTurn
    ? text.replace(TOKEN, (token, digits?: string) => (digits === undefined ? token : '?'))
    : numbered
  return { sql, values, changesRows: DML.has(verb), isRead: verb === 'select' }
}

/** Strings, quoted names, comments, words (in which `$` is a letter), `$1`, and any other sign by itself. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}_][\p{L}\p{N}_$]*|\$(\d+)|\S/gu
const BLANK = /^(?:--|\/\*)/
const TRANSACTION: ReadonlySet<string> = new Set([
  'begin',
  'commit',
  'end',
  'rollback',
  'savepoint',
  'release',
])
const DML: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'replace', 'with'])
