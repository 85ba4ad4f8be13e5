import { DefinitionError } from './definition-error.ts'

/** The lists that an api is made of, and what each holds. */
const LISTS = {
  resources: 'resource',
  operations: 'operation',
  tasks: 'task',
  schedules: 'schedule',
  events: 'event',
} as const

/** What the types refuse as well, for programs that nobody has checked by them. @throws DefinitionError */
export function checkParts(
  options: { readonly [name in keyof typeof LISTS | 'endpoints']?: unknown },
  place: string,
): void {
  for (const [name, kind] of Object.entries(LISTS)) {
    const given = options[name as keyof typeof LISTS] ?? []
    if (!Array.isArray(given)) {
      throw new DefinitionError(place, `\`${name}\` is no list`, `Write ${name}: [ … ]`)
    }
    const at = given.findIndex(item => !isOf(kind, item))
    if (at === -1) continue
    throw new DefinitionError(
      place,
      `${name}[${at}] is not what ${kind}(…) answers`,
      `Declare it, const x = ${kind}(…), and name it by reference: ${name}: [x]`,
    )
  }
  const { endpoints = {} } = options
  if (Array.isArray(endpoints)) {
    throw new DefinitionError(
      place,
      'the endpoints have no names',
      'Write endpoints: { lendBook }: the name is what clients call it by',
    )
  }
  for (const [name, endpoint] of Object.entries(Object(endpoints) as object)) {
    if (isOf('endpoint', endpoint)) continue
    throw new DefinitionError(
      place,
      `endpoints.${name} is not what endpoint(…) answers`,
      'Declare it with endpoint({ method, path, … })',
    )
  }
}

const isOf = (kind: string, item: unknown): boolean => (Object(item) as { kind?: unknown }).kind === kind
