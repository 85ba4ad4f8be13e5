import { type SharedSchema, sourceText } from './kind.ts'
import type { Plan, ResourcePlan } from './plan.ts'

// A plan as the text of a program, laid out as one would by hand.

export interface Written {
  readonly title: string
  /** The version of the api: a date. */
  readonly version: string
}

const WIDTH = 100

const SCHEMAS: { readonly [S in SharedSchema]: readonly string[] } = {
  Decimal: [
    '/** A decimal number with all of its digits: JSON numbers would lose some. */',
    String.raw`const Decimal = z.string().max(255).regex(/^(?:-?\d+(?:\.\d+)?|-?Infinity|NaN)$/)`,
  ],
  Int64: [
    '/** A whole number of 64 bits: JSON numbers are exact up to 2^53 only. */',
    String.raw`const Int64 = z.string().max(20).regex(/^-?\d+$/)`,
  ],
  Json: [
    '/** Any JSON but null. */',
    'const Json = z.union([',
    '  z.record(z.string(), z.unknown()),',
    '  z.array(z.unknown()),',
    '  z.string(),',
    '  z.number(),',
    '  z.boolean(),',
    '])',
  ],
}

/** The file of the definition. */
export function definitionText(plan: Plan, { title, version }: Written): string {
  const database = plan.engine === 'postgres' ? 'a PostgreSQL database' : 'a SQLite database'
  const parts = [
    ["import { api, resource } from 'signalbox'", "import * as z from 'zod'"],
    [
      `// Made by \`signalbox init\` from the tables of ${database}, and yours from here on.`,
      '// What is not named here is not shared.',
    ],
    ...plan.schemas.map(name => SCHEMAS[name]),
    ...plan.resources.flatMap(resource => [schemaText(resource), resourceText(resource)]),
    [
      'export const publicApi = api({',
      `  title: ${sourceText(title)},`,
      `  version: ${sourceText(version)},`,
      "  base: '/v1',",
      ...list(
        'resources',
        plan.resources.map(({ names }) => names.value),
        '  ',
      ),
      '})',
    ],
  ]
  return `${parts.map(lines => lines.join('\n')).join('\n\n')}\n`
}

const schemaText = ({ names, fields }: ResourcePlan): readonly string[] => [
  `const ${names.schema} = z.object({`,
  ...fields.flatMap(({ name, code }) => fieldLines(`${keyText(name)}: `, code)),
  '})',
]

/** Where a field is too long for a line, each call has its own. */
function fieldLines(key: string, code: string): readonly string[] {
  const line = `  ${key}${code},`
  const calls = line.length <= WIDTH ? [] : callsOf(code)
  if (calls.length < 3) return [line]
  const [first = '', second = '', ...rest] = calls
  const lines = [`${first}${second}`, ...rest.map(call => `    ${call}`)]
  return lines.map((text, i) => `${i === 0 ? `  ${key}` : ''}${text}${i === lines.length - 1 ? ',' : ''}`)
}

/** `z`, `.string()`, `.max(20)`: the expression where its outermost calls begin. */
function callsOf(code: string): readonly string[] {
  const calls: string[] = []
  let depth = 0
  let from = 0
  for (const { 0: token, index } of code.matchAll(
    /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\/(?:[^/\\]|\\.)+\/|[()[\]{}]|\./g,
  )) {
    if ('([{'.includes(token)) depth++
    else if (')]}'.includes(token)) depth--
    else if (token === '.' && depth === 0) {
      calls.push(code.slice(from, index))
      from = index
    }
  }
  return [...calls, code.slice(from)]
}

function resourceText({
  names,
  table,
  owner,
  methods,
  filter,
  sort,
  relations,
  comment,
}: ResourcePlan): readonly string[] {
  return [
    `export const ${names.value} = resource(${sourceText(names.resource)}, {`,
    `  path: ${sourceText(names.path)},`,
    ...(names.path === `/${table}` ? [] : [`  table: ${sourceText(table)},`]),
    ...(names.prefix === undefined ? [] : [`  prefix: ${sourceText(names.prefix)},`]),
    `  schema: ${names.schema},`,
    `  owner: ${sourceText(owner)},`,
    ...list('methods', methods.map(sourceText), '  '),
    ...(filter.length === 0 ? [] : list('filter', filter.map(sourceText), '  ')),
    ...(sort.length === 0 ? [] : list('sort', sort.map(sourceText), '  ')),
    ...(relations.length === 0
      ? []
      : [
          '  relations: {',
          ...relations.map(
            ({ name, to, by }) =>
              `    ${keyText(name)}: { to: ${to === 'self' ? "'self'" : to}, by: ${sourceText(by)} },`,
          ),
          '  },',
        ]),
    ...(comment === undefined ? [] : [`  description: ${sourceText(comment)},`]),
    '})',
  ]
}

function list(name: string, items: readonly string[], indent: string): readonly string[] {
  const line = `${indent}${name}: [${items.join(', ')}],`
  if (line.length <= WIDTH) return [line]
  return [`${indent}${name}: [`, ...items.map(item => `${indent}  ${item},`), `${indent}],`]
}

const keyText = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : sourceText(name))
