/** What a table is called in an api and in its file. */
export interface Names {
  /** A noun in lower case: `order_item`. */
  readonly resource: string
  /** `/order-items` */
  readonly path: string
  /** The constant that holds the resource: `orderItems`. */
  readonly value: string
  /** The constant that holds its schema: `OrderItem`. */
  readonly schema: string
  /** Where the first letters of the noun begin ids of Signalbox's own. */
  readonly prefix: string | undefined
}

/** Nouns and paths that every api has already. */
const OWN_NOUNS: ReadonlySet<string> = new Set([
  'account',
  'audit_entry',
  'delivery',
  'event',
  'file',
  'key',
  'operation',
  'request',
  'stored_webhook',
  'webhook',
])
const OWN_PATHS: ReadonlySet<string> = new Set([
  'audit',
  'deliveries',
  'docs',
  'event-types',
  'events',
  'export',
  'files',
  'keys',
  'operations',
  'portal',
  'problems',
  'requests',
  'test-data',
  'webhooks',
])
const OWN_PREFIXES: ReadonlySet<string> = new Set([
  'acc',
  'aud',
  'dlv',
  'evt',
  'fil',
  'key',
  'op',
  'req',
  'whk',
])

/** Names that the file has from elsewhere, and words that no constant may be called. */
const TAKEN: ReadonlySet<string> = new Set(
  `api resource publicApi z Decimal Int64 Json Date Object String Number Boolean Array Map Set Promise Error Symbol
  undefined NaN Infinity arguments eval await async yield let static implements interface package private protected public
  break case catch class const continue debugger default delete do else enum export extends false finally for function if
  import in instanceof new null return super switch this throw true try typeof var void while with process globalThis`.split(
    /\s+/,
  ),
)

/** Names for tables, in their order; each differs from the others. */
export function namesOf(tables: readonly string[]): readonly Names[] {
  const used = new Set(TAKEN)
  const paths = new Set<string>(OWN_PATHS)
  const nouns = new Set<string>(OWN_NOUNS)
  const prefixes = new Set<string>(OWN_PREFIXES)
  const fresh = (name: string, taken: Set<string>, other: string): string => {
    let found = taken.has(name) ? other : name
    for (let n = 2; taken.has(found); n++) found = `${other}${n}`
    taken.add(found)
    return found
  }
  return tables.map(table => {
    const words = wordsOf(table)
    const one = [...words.slice(0, -1), singular(words.at(-1) ?? 'row')]
    const resource = fresh(one.join('_'), nouns, `${one.join('_')}_row`)
    const path = fresh(words.join('-'), paths, `${one.join('-')}-rows`)
    const value = fresh(camel(words), used, `${camel(words)}Rows`)
    const schema = fresh(pascal(one), used, `${pascal(one)}Row`)
    const prefix = prefixOf(one, resource, prefixes)
    return { resource, path: `/${path}`, value, schema, prefix }
  })
}

/** Undefined where the first letters will do: no other has them. */
function prefixOf(words: readonly string[], resource: string, taken: Set<string>): string | undefined {
  const letters = resource.replaceAll('_', '')
  const short = resource.slice(0, 3)
  const initials = words.map(word => word.charAt(0)).join('')
  const longer = [3, 4, 5, 6, 7, 8].map(length => letters.slice(0, length))
  let prefix = [short, ...(words.length > 1 ? [initials.slice(0, 8)] : []), ...longer].find(
    each => PREFIX.test(each) && !taken.has(each),
  )
  for (let n = 2; prefix === undefined; n++)
    if (!taken.has(`${letters.slice(0, 6)}${n}`)) prefix = `${letters.slice(0, 6)}${n}`
  taken.add(prefix)
  return prefix === short ? undefined : prefix
}

const PREFIX = /^[a-z][a-z0-9]{0,9}$/

/** `OrderItems`, `order_items` and `Order Items` are the same words. */
function wordsOf(table: string): readonly string[] {
  const words = table
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(word => word !== '')
  return /^[a-z]/.test(words[0] ?? '') ? words : ['table', ...words]
}

const IRREGULAR: { readonly [word: string]: string | undefined } = {
  people: 'person',
  children: 'child',
  men: 'man',
  women: 'woman',
  movies: 'movie',
  data: 'data',
}

/** Of English nouns, as far as their ends tell. */
function singular(word: string): string {
  const irregular = Object.hasOwn(IRREGULAR, word) ? IRREGULAR[word] : undefined
  if (irregular !== undefined) return irregular
  if (/[^aeiou]ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:ss|sh|ch|x|zz)es$/.test(word)) return word.slice(0, -2)
  if (/(?:statuses|buses|aliases|bonuses|viruses)$/.test(word)) return word.slice(0, -2)
  if (/(?:ss|us|is|news|series|species)$/.test(word) || word.length < 3) return word
  return word.endsWith('s') ? word.slice(0, -1) : word
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const pascal = (words: readonly string[]): string => words.map(capital).join('')
const camel = ([first = '', ...rest]: readonly string[]): string => first + pascal(rest)
