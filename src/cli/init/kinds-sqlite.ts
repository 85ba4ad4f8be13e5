import type { FoundColumn } from './catalog.ts'
import { type Kind, listed, textKind, type Unfit } from './kind.ts'

// SQLite goes by the words of the declared type (https://sqlite.org/datatype3.html), and so does the store.

export function sqliteKind({ name, type, values, minimum }: FoundColumn): Kind | Unfit {
  const declared = type.toUpperCase()
  if (declared.includes('INT')) {
    const least = minimum === undefined ? '' : `.min(${minimum})`
    return { schema: `z.int()${least}`, filter: true, sort: true }
  }
  if (/CHAR|CLOB|TEXT/.test(declared)) {
    if (values !== undefined) return { schema: listed(values), filter: true, sort: false }
    // A length is declared and not kept.
    return textKind(undefined)
  }
  if (declared === '' || declared === 'ANY' || declared.includes('BLOB')) {
    return {
      why: declared.includes('BLOB') ? 'it holds bytes' : 'it has no type, so it can hold anything',
      mend: `make a view with cast(${name} as text), or share its bytes as a file`,
    }
  }
  if (/REAL|FLOA|DOUB/.test(declared)) return { schema: 'z.number()', filter: true, sort: true }
  if (/^(?:DATE|DATETIME|TIME|TIMESTAMP)\b/.test(declared)) return textKind(60)
  if (declared === 'JSON') return { schema: 'Json', shared: 'Json', filter: false, sort: false }
  if (declared.startsWith('BOOL')) return { schema: 'z.boolean()', filter: true, sort: true }
  return { schema: 'z.number()', filter: true, sort: true }
}
