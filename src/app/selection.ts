import { keepRecent } from '../base/index.ts'
import { type Caller, expansionsOf, type Route, type Selection, selectedOutput } from '../contract/index.ts'
import { type AnswerFormat, compileSelected } from './formats.ts'
import { requireScopes } from './refusal.ts'

/** Writers of one route, at least; at most twice as many. Who asks for ever others pays with the compiling of each. */
const KEPT = 32

/** How a route answers what callers select: each selection has its own writer, compiled when it is first asked for. */
export interface Selecting {
  /** The scopes that it takes to see the rows behind a relation. */
  readonly scopes: ReadonlyMap<string, readonly string[]>
  /** The format as a selection has it. */
  format(format: AnswerFormat, selection: Selection): AnswerFormat
}

/**
 * Undefined where there is nothing to select.
 *
 * @throws DefinitionError for a relation that a format cannot show among the fields.
 */
export function compileSelecting(route: Route, formats: readonly AnswerFormat[]): Selecting | undefined {
  const { endpoint, method, path } = route
  if (endpoint.selects === undefined) return undefined
  const place = `endpoint ${method} ${path}`
  const compiled = keepRecent(KEPT, (asked: string): AnswerFormat => {
    const { mediaType, ...selection } = JSON.parse(asked) as Selection & { readonly mediaType: string }
    const format = formats.find(each => each.mediaType === mediaType)
    const output = selectedOutput(route, selection)
    if (format === undefined || output === undefined) throw new Error(`${place} has no ${mediaType}`)
    return compileSelected(format, output, place)
  })
  const scopes = expansionsOf(route)
  // Whatever has no form beside the others shows with all of them. What is behind a relation has routes of its own.
  const nearest = selectedOutput(route, { expand: [...scopes.keys()].filter(path => !path.includes('.')) })
  for (const format of formats) if (nearest !== undefined) compileSelected(format, nearest, place)
  return {
    scopes,
    format: ({ mediaType }, { fields, expand }) =>
      // In one order, so that there is one writer for what says the same.
      compiled(JSON.stringify({ mediaType, fields: fields?.toSorted(), expand: expand?.toSorted() })),
  }
}

/**
 * The format of an answer to this input. To see other rows within a row takes the scopes that it takes to get them.
 *
 * @throws Refusal where the caller may not see what it asks for.
 */
export function selectedFormat(
  { scopes, format }: Selecting,
  input: unknown,
  caller: Caller | undefined,
  chosen: AnswerFormat,
): AnswerFormat {
  const selection = Object(input) as Selection
  const { fields, expand = [] } = selection
  if (fields === undefined && expand.length === 0) return chosen
  // `author.city` shows the author too.
  const shown = [...scopes.keys()].filter(path => expand.some(each => `${each}.`.startsWith(`${path}.`)))
  if (caller !== undefined)
    requireScopes(
      caller,
      shown.flatMap(path => scopes.get(path) ?? []),
    )
  return format(chosen, selection)
}
