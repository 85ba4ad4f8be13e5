import { fingerprint, parseIdempotencyKey } from '../http/index.ts'
import type { Reader, Store, Tx } from '../store/index.ts'
import { type Environment, findAnswer, type KeptAnswer, keepAnswer, keyUse, scopeOf } from '../unit/index.ts'
import { problemIn } from './answers.ts'
import type { Answer, Request } from './exchange.ts'
import type { Body } from './reading.ts'
import { refuse } from './refusal.ts'

/** A use of an Idempotency-Key, for one request. */
export interface KeyedRequest {
  readonly use: ReturnType<typeof keyUse>
  readonly fingerprint: string
}

/** @param meaning what else the answer depends on: which endpoint, of which version. */
export function keyedRequest(
  request: Request,
  { bytes: body, contentType = request.header('content-type') }: Pick<Body, 'bytes' | 'contentType'>,
  account: string | undefined,
  meaning: string,
): KeyedRequest | undefined {
  const parsed = parseIdempotencyKey(request.header('idempotency-key'))
  // Without an account there is nobody to keep an answer for.
  if (parsed === undefined || account === undefined) return undefined
  if (parsed.key === undefined) return refuse('invalid-idempotency-key', { detail: parsed.detail })
  const { method, target } = request
  const accept = request.header('accept')
  // What is asked for on a condition is not what is asked for on another.
  const ifMatch = request.header('if-match')
  return {
    use: keyUse(account, parsed.key),
    fingerprint: fingerprint({
      method,
      target,
      contentType,
      accept,
      version: ifMatch === undefined ? meaning : `${meaning} ${ifMatch}`,
      body,
    }),
  }
}

/** The answer that the first request with this key got; undefined where this is the first. */
export async function findKept(
  reader: Reader,
  key: KeyedRequest,
  { clock, answersMs }: Environment,
): Promise<Answer | undefined> {
  const kept = await findAnswer(reader, key.use, clock.now() - answersMs)
  return kept && replay(kept, key)
}

function replay({ fingerprint, status, headers, body }: KeptAnswer, key: KeyedRequest): Answer {
  if (fingerprint !== key.fingerprint) refuseReused()
  const code = status < 400 ? undefined : problemIn(body)
  return {
    status,
    headers: [...headers, ['idempotent-replayed', 'true']],
    body,
    ...(code !== undefined && { problem: code }),
  }
}

export const keep = (tx: Tx, key: KeyedRequest, answer: Answer, { clock }: Environment): void =>
  keepAnswer(tx, key.use, { ...answer, body: textOf(answer), fingerprint: key.fingerprint }, clock.now())

const textOf = ({ body }: Answer): string | undefined => (typeof body === 'string' ? body : undefined)

/**
 * A handler's refusal is an outcome like any other: a retry finds it. What it did is undone, so there is nothing that it
 * would have to share a commit with.
 */
export function keepRefusal(
  store: Store,
  env: Environment,
  key: KeyedRequest,
  refused: Answer,
): Promise<Answer> {
  return store.unit(
    async tx => {
      // The same request may have been made meanwhile, and come out otherwise: one key, one answer.
      const kept = await findKept(tx, key, env)
      if (kept !== undefined) return kept
      keep(tx, key, refused, env)
      return refused
    },
    scopeOf(key.use.account),
    'adds',
  )
}

/** The keys whose requests this process is carrying out, each with the fingerprint of its request. */
export type RunningKeys = Map<string, string>

/**
 * Carries out a request as the only one of its key in this process: one that comes meanwhile is told so, rather than made to
 * prepare the same again (draft-ietf-httpapi-idempotency-key-header-08 §2.6). Of two processes both prepare, and the record
 * that the one writes in its unit is what the other answers.
 */
export async function aloneWithKey(
  running: RunningKeys,
  key: KeyedRequest,
  { store, env }: { readonly store: Store; readonly env: Environment },
  work: () => Promise<Answer>,
): Promise<Answer> {
  // A field has no line break; an account's id may have any character.
  const name = `${key.use.key}\n${key.use.account}`
  const other = running.get(name)
  if (other === undefined) {
    running.set(name, key.fingerprint)
    try {
      return await work()
    } finally {
      running.delete(name)
    }
  }
  // What runs may be but a replay of what was answered long ago.
  const kept = await findKept(store.read, key, env)
  if (kept !== undefined) return kept
  return other === key.fingerprint ? refuse('request-in-progress') : refuseReused()
}

const refuseReused = (): never =>
  refuse('idempotency-key-reused', {
    detail: 'This key was used for another request. Use a new key for each.',
  })
