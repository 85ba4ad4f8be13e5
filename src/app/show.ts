import { after } from '../base/index.ts'
import { type Admitted, type Call, handed } from './admitted.ts'
import { withoutUnsettled } from './conditions.ts'
import { contentAnswer } from './download.ts'
import type { Answer, WholeAnswer } from './exchange.ts'
import { follow } from './live.ts'
import { prepare } from './prepare.ts'
import { inOnePiece, render } from './render.ts'
import { rowsAnswer, watched } from './rows.ts'
import type { Journey } from './world.ts'

/** What a handler that only reads answers, in the form that the caller has asked for. */
export function show(journey: Journey, admitted: Admitted): Answer | Promise<Answer> {
  const { matched, call, format, request } = admitted
  if (format !== undefined && 'live' in format && call.caller !== undefined) {
    const { authenticate, live } = journey
    return follow(live, { request, matched, caller: call.caller, input: call.input, authenticate })
  }
  const prepared = prepare(journey, admitted)
  return prepared === undefined
    ? showPrepared(journey, admitted, undefined)
    : prepared.then(value => showPrepared(journey, admitted, value))
}

function showPrepared(journey: Journey, admitted: Admitted, prepared: unknown): Answer | Promise<Answer> {
  const { store, sink, env, failed } = journey
  const { matched, call, format, request } = admitted
  const { content, endpoint } = matched.route
  if (format !== undefined && 'row' in format) {
    return rowsAnswer(failed, admitted, format, input =>
      handle(journey, admitted, { ...call, input }, prepared),
    )
  }
  if (content !== undefined && sink !== undefined) {
    return after(handle(journey, admitted, call, prepared), async value => {
      const made = await contentAnswer({ store, sink }, request, { content, value, account: call.account })
      return { ...made, body: watched(failed, admitted, made.body) }
    })
  }
  const made =
    endpoint.fromRows === true ? recalled(journey, admitted, prepared) : rendered(journey, admitted, prepared)
  return endpoint.lastModified === undefined
    ? made
    : after(made, known => withoutUnsettled(known, env.clock.now()))
}

function handle(
  { openReading, env }: Journey,
  { matched }: Admitted,
  call: Call,
  prepared: unknown,
): unknown {
  const now = new Date(env.clock.now())
  return matched.route.endpoint.handle?.(handed(openReading(call.account), now, call, prepared) as never)
}

function rendered(
  journey: Journey,
  admitted: Admitted,
  prepared: unknown,
): WholeAnswer | Promise<WholeAnswer> {
  const { base } = journey.compiled.api
  return after(handle(journey, admitted, admitted.call, prepared), value => render(base, admitted, value))
}

/** What was answered before, where nobody has committed anything since. */
function recalled(journey: Journey, admitted: Admitted, prepared: unknown): Promise<WholeAnswer> {
  const { call, format, request } = admitted
  // A target has no space, nor has a media type; an account's id may have any.
  const key = `${call.account ?? ''} ${format?.mediaType} ${request.target}`
  return journey.store.read.recall(journey.answers, key, async () =>
    inOnePiece(await rendered(journey, admitted, prepared)),
  )
}
