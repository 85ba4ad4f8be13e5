// What simple checks say of a column, `check (status in ('new', 'paid'))` and `check (pages > 0)`, in the words in which
// PostgreSQL prints them, or as they were written. Whatever else a check says is left to the database.

export interface Checked {
  readonly column: string
  readonly values?: readonly string[]
  readonly minimum?: number
}

const NAME = String.raw`\(*(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))\)*(?:::(?:text|character varying))?\)*`
const TEXT = String.raw`\(?'(?:[^']|'')*'(?:::[a-z ]+(?:\(\d+\))?)?\)?(?:::text)?`
const LIST = String.raw`((?:${TEXT}\s*,\s*)*${TEXT})`
const ONE_OF = new RegExp(
  String.raw`^\(*\s*${NAME}\s*(?:=\s*ANY\s*\(+ARRAY\[${LIST}\]|in\s*\(${LIST})[^']*$`,
  'i',
)
const AT_LEAST = new RegExp(
  String.raw`^\(*\s*${NAME}\s*(>=?)\s*\(?'?(-?\d{1,15})'?\)?(?:::[a-z ]+)?\)*$`,
  'i',
)

/** Undefined for a check that says something else, or more. */
export function readCheck(sql: string): Checked | undefined {
  const text = sql.trim()
  if (/\b(?:or|and|not|case)\b/i.test(text.replaceAll(/'(?:[^']|'')*'/g, ''))) return undefined
  const listed = ONE_OF.exec(text)
  if (listed !== null) {
    const list = listed[3] ?? listed[4] ?? ''
    const values = [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) =>
      value.replaceAll("''", "'"),
    )
    return { column: nameIn(listed), values }
  }
  const least = AT_LEAST.exec(text)
  if (least === null) return undefined
  return { column: nameIn(least), minimum: Number(least[4]) + (least[3] === '>' ? 1 : 0) }
}

const nameIn = ([, quoted, bare = '']: RegExpExecArray): string => quoted?.replaceAll('""', '"') ?? bare
