import type { UnixMs } from '../base/index.ts'
import type { Unit } from '../contract/index.ts'
import { isUncarried } from '../formats/index.ts'
import { CODINGS, type Conditions, codedTag, evaluate, namesEtags, type Validators } from '../http/index.ts'
import type { CompiledRoute } from './compile.ts'
import { type Answer, headerOf, type Request, type WholeAnswer } from './exchange.ts'
import { type Limits, NO_BODY, readInput } from './reading.ts'
import { problemOf, Refusal, refuse } from './refusal.ts'

// Conditions are told apart by what they guard: If-Match and If-Unmodified-Since what is changed, and the other two
// what would be sent again (RFC 9110 §13.1).

/** What guards a change; undefined where the request has none of it. */
export function guardsOf(request: Request, { route }: CompiledRoute): Conditions | undefined {
  const ifMatch = request.header('if-match')
  const ifUnmodifiedSince = request.header('if-unmodified-since')
  const ifNoneMatch = request.header('if-none-match')
  if (route.endpoint.requireMatch === true && ifMatch === undefined) {
    refuse('precondition-required', {
      detail: 'Send If-Match with the ETag of what you mean to change; a GET of this path tells it.',
    })
  }
  return (ifMatch ?? ifUnmodifiedSince ?? ifNoneMatch) === undefined
    ? undefined
    : { ifMatch, ifUnmodifiedSince, ifNoneMatch }
}

/** What the caller says of the call, as far as it tells what is there. */
interface Place {
  readonly params: { readonly [name: string]: string }
  readonly account: string | undefined
}

/**
 * Refuses a change of what is not as the caller says. Whatever changes it runs in a unit too, so of two changes of the same
 * state one finds that it is gone.
 */
export async function requireUnchanged(
  guards: Conditions,
  { route, shownBy }: CompiledRoute,
  { params, account }: Place,
  unit: Unit,
  limits: Limits,
): Promise<void> {
  const names = route.segments.map(segment => (typeof segment === 'string' ? '' : segment.param))
  const current =
    shownBy &&
    (await currentState(shownBy, { params: renamed(shownBy, names, params), account }, unit, limits))
  if (evaluate(guards, current, false) === 'failed') refuseChanged(guards.ifMatch)
}

/** Two methods of one path may name its parameters differently. */
const renamed = (
  { route }: CompiledRoute,
  names: readonly string[],
  params: Place['params'],
): Place['params'] =>
  Object.fromEntries(
    route.segments.flatMap((segment, at) =>
      typeof segment === 'string' ? [] : [[segment.param, params[names[at] ?? ''] ?? '']],
    ),
  )

/** As the GET of the path shows it. What it cannot show, because there is nothing, say, is the answer here too. */
async function currentState(
  shownBy: CompiledRoute,
  place: Place,
  unit: Unit,
  limits: Limits,
): Promise<Validators> {
  const { endpoint } = shownBy.route
  const input = await readInput(shownBy, '', NO_BODY, limits)
  try {
    const value = await endpoint.handle?.({ ...unit, ...place, input, prepared: undefined } as never)
    const modified = modifiedOf(shownBy, value)
    // A time that nobody has been told of is later than all that a caller can have been told.
    const isTold = modified === undefined || isOver(modified, unit.now.getTime())
    return { tags: tagsOf(shownBy, value), modified: isTold ? modified : Number.POSITIVE_INFINITY }
  } catch (error) {
    const known = problemOf(error, endpoint)
    throw known === undefined ? error : new Refusal(known)
  }
}

/** In all formats: whoever read it as XML may change it by JSON. */
function tagsOf({ formats }: CompiledRoute, value: unknown): readonly string[] {
  return formats.flatMap(format => {
    if (!('write' in format)) return []
    try {
      return inAllCodings(format.tag(format.write(value)))
    } catch (error) {
      if (isUncarried(error)) return []
      throw error
    }
  })
}

/** A coding changes the bytes of a state, and not the state. */
const inAllCodings = (tag: string): readonly string[] => [
  tag,
  ...CODINGS.map(coding => codedTag(tag, coding)),
]

/** When it was last changed, by its own account. */
export function modifiedOf({ route }: CompiledRoute, value: unknown): number | undefined {
  const { lastModified } = route.endpoint
  if (lastModified === undefined) return undefined
  const at = Date.parse(lastModified(value as never) ?? '')
  return Number.isNaN(at) ? undefined : at
}

/**
 * Two changes in one second have one Last-Modified. It is told once no other can come: then it names the last of them, and
 * can guard a change (RFC 9110 §8.8.2.2).
 */
export function withoutUnsettled(made: WholeAnswer, now: UnixMs): WholeAnswer {
  const { modified } = validatorsOf(made.headers)
  if (modified === undefined || isOver(modified, now)) return made
  return { ...made, headers: made.headers.filter(([name]) => name !== 'last-modified') }
}

/** The second that follows is for what is stamped, and not yet committed. */
const isOver = (at: UnixMs, now: UnixMs): boolean => Math.floor(at / 1000) + 1 < Math.floor(now / 1000)

/** If-Match and If-Unmodified-Since hold for what is read as well. */
export function requireState(request: Request, { headers }: Pick<Answer, 'headers'>): void {
  const ifMatch = request.header('if-match')
  const ifUnmodifiedSince = request.header('if-unmodified-since')
  if ((ifMatch ?? ifUnmodifiedSince) === undefined) return
  const guards = { ifMatch, ifUnmodifiedSince }
  const { tags, modified } = validatorsOf(headers)
  if (evaluate(guards, { tags: tags.flatMap(inAllCodings), modified }, true) === 'failed') refuseChanged()
}

/** What the fields of an answer say of its state. */
export function validatorsOf(headers: Answer['headers']): Validators {
  const modified = headerOf({ headers }, 'last-modified')
  return {
    tags: headers.flatMap(([name, value]) => (name === 'etag' ? [value] : [])),
    modified: modified === undefined ? undefined : Date.parse(modified),
  }
}

/** @param ifMatch as it was sent. Without its quotes an ETag is none, and names nothing. */
function refuseChanged(ifMatch?: string): never {
  const isNone = ifMatch !== undefined && !namesEtags(ifMatch)
  return refuse('precondition-failed', {
    detail: isNone
      ? 'If-Match has no ETag: send it with its double quotes, as it was answered.'
      : 'It is not, or no longer, what the request says that it must be.',
  })
}
