import { writeAudit } from '../access/index.ts'
import type { Unit } from '../contract/index.ts'
import { problem } from '../http/index.ts'
import { type Environment, Failure, runUnit } from '../unit/index.ts'
import { type Admitted, type Call, handed } from './admitted.ts'
import { problemAnswer } from './answers.ts'
import { requireUnchanged } from './conditions.ts'
import { type Answer, headerOf } from './exchange.ts'
import { aloneWithKey, findKept, type KeyedRequest, keep, keepRefusal, keyedRequest } from './kept.ts'
import { prepare } from './prepare.ts'
import { problemOf } from './refusal.ts'
import { render } from './render.ts'
import type { Journey } from './world.ts'

/** What a handler that may change something answers, once for each Idempotency-Key. */
export function change(journey: Journey, admitted: Admitted): Promise<Answer> {
  const { matched, call, request, body } = admitted
  const meaning = `${journey.compiled.api.version} ${matched.route.name}`
  const key = keyedRequest(request, body, call.account, meaning)
  return key === undefined
    ? changeOnce(journey, admitted, undefined)
    : aloneWithKey(journey.running, key, journey, () => changeOnce(journey, admitted, key))
}

async function changeOnce(
  journey: Journey,
  admitted: Admitted,
  key: KeyedRequest | undefined,
): Promise<Answer> {
  const { store, env } = journey
  const { matched, call, guards, body } = admitted
  const { endpoint } = matched.route
  // Where there is something to prepare it is looked for twice: here, so that a retry prepares nothing, and in the unit,
  // where nothing can come between.
  if (key !== undefined && endpoint.prepare !== undefined) {
    const kept = await findKept(store.read, key, env)
    if (kept !== undefined) return kept
  }
  const prepared = await prepare(journey, admitted)
  const { upload } = body
  try {
    // A unit may run again, and find then that the same request has come in between.
    let replayed = false
    const kind = endpoint.adds === true && guards === undefined && upload === undefined ? 'adds' : 'any'
    const answered = await runUnit(
      store,
      env,
      call.account,
      async ({ tx, run }) => {
        const kept = key && (await findKept(tx, key, env))
        replayed = kept !== undefined
        if (kept !== undefined) return kept
        if (upload !== undefined && call.account !== undefined) await upload.keep(tx, call.account)
        const made = await run(async unit => {
          if (guards !== undefined) await requireUnchanged(guards, matched, call, unit, journey.limits)
          const value = await endpoint.handle?.(handed(unit, unit.now, call, prepared) as never)
          if (endpoint.audit !== undefined) await audit(env, unit, endpoint.audit, call, value)
          return render(journey.compiled.api.base, admitted, value)
        })
        if (key !== undefined) {
          keep(tx, key, endpoint.shownOnce === true ? shownOnce(made, admitted) : made, env)
        }
        return made
      },
      kind,
    )
    if (!replayed) upload?.committed()
    return answered
  } catch (error) {
    const refused = refusalToKeep(admitted, error)
    if (key === undefined || refused === undefined) throw error
    return keepRefusal(store, env, key, refused)
  }
}

/** In the unit, so that nothing is done without an entry, and no entry tells of what was not done. */
async function audit(
  { newId }: Environment,
  { sql, now }: Unit,
  action: string,
  { caller, params }: Call,
  value: unknown,
): Promise<void> {
  if (caller === undefined) return
  const made = Object(value) as { readonly id?: unknown }
  const subject = params['id'] ?? (typeof made.id === 'string' ? made.id : null)
  await writeAudit(sql, newId, { account: caller.account, action, subject, caller, now })
}

/** Our own faults are not kept. */
function refusalToKeep({ matched, requestId, accept }: Admitted, error: unknown): Answer | undefined {
  const refused = error instanceof Failure ? problemOf(error, matched.route.endpoint) : undefined
  return refused === undefined || refused.status >= 500
    ? undefined
    : problemAnswer(refused, requestId, accept)
}

/** What is kept in place of an answer that holds a secret. */
function shownOnce(answer: Answer, { requestId, accept }: Admitted): Answer {
  const made = headerOf(answer, 'location')
  const detail = `This was done before${made === undefined ? '' : `: see ${made}`}. Its secret was shown then, and is not kept.`
  return problemAnswer(problem('shown-once', { detail }), requestId, accept)
}
