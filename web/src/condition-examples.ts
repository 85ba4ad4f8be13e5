/** What is known of a type of events: the JSON Schema of its data, and its name. */
interface Known {
  readonly name: string
  readonly schema: Field
}

interface Field {
  readonly [member: string]: unknown
}

/** What can be asked of a field, by what it holds: one of each is shown. */
const FORMS: readonly ((path: string, field: Field) => string | undefined)[] = [
  (path, { type }) => (type === 'number' || type === 'integer' ? `${path} > 10` : undefined),
  (path, { enum: listed }) =>
    Array.isArray(listed) && typeof listed[0] === 'string'
      ? `${path} == ${JSON.stringify(listed[0])}`
      : undefined,
  (path, { type, format, enum: listed }) =>
    type === 'string' && format === undefined && listed === undefined
      ? `${path}.contains("word")`
      : undefined,
  (path, { type, items }) =>
    type === 'array' && (items as { readonly type?: unknown } | undefined)?.type === 'string'
      ? `"word" in ${path}`
      : undefined,
  (path, { type }) => (type === 'boolean' ? `!${path}` : undefined),
  (path, { anyOf }) =>
    Array.isArray(anyOf) && anyOf.some(({ type }: Field) => type === 'null') ? `${path} != null` : undefined,
]

/** Where a row was changed, what there was before can be asked as well. */
const CHANGES: typeof FORMS = [
  (path, { type }) =>
    type === 'number' || type === 'integer' ? `${path} > 10 && ${inBefore(path)} <= 10` : undefined,
  (path, { enum: listed }) => (Array.isArray(listed) ? `${path} != ${inBefore(path)}` : undefined),
]

const inBefore = (path: string): string => path.replace('data.', 'before.')

const MOST = 4

/** Conditions that fit each of the types, over their own fields. */
export function examplesFor(types: readonly Known[]): readonly string[] {
  const [first, ...others] = types
  if (first === undefined) return []
  const isIn = (name: string, field: unknown) => (other: Known) =>
    JSON.stringify(fieldsOf(other)[name]) === JSON.stringify(field)
  const fields = Object.entries(fieldsOf(first)).filter(
    ([name, field]) => name !== 'id' && isPlain(name) && others.every(isIn(name, field)),
  )
  const every = [first, ...others]
  if (every.some(({ name }) => name.endsWith('.deleted'))) return []
  const forms = every.every(({ name }) => name.endsWith('.updated')) ? [...CHANGES, ...FORMS] : FORMS
  return forms
    .flatMap(form => fields.flatMap(([name, field]) => form(`data.${name}`, field) ?? []).slice(0, 1))
    .slice(0, MOST)
}

/** CEL has other uses for some words. */
const isPlain = (name: string): boolean =>
  /^[a-z_]\w*$/i.test(name) &&
  !/^(as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package|return|true|var|void|while)$/.test(
    name,
  )

const fieldsOf = ({ schema }: Known): { readonly [name: string]: Field } =>
  (schema['properties'] ?? {}) as { readonly [name: string]: Field }
