import type { Mode } from '../mode.ts'
import type { Problem } from './types.ts'

/** What came of a call. A problem is a value: calls never throw. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }

export interface CallOptions {
  readonly body?: unknown
  /** Default `application/json`. */
  readonly type?: string
  readonly signal?: AbortSignal
  /** Default `live`. */
  readonly mode?: Mode
  /** Must not happen twice: where no answer comes, it is sent once more under the same Idempotency-Key. */
  readonly once?: boolean
  /** For how long the end of what it begins is waited for (RFC 7240 §4.3). */
  readonly waitSeconds?: number
}

const RETRY_MS = 1_000

/** Calls the origin that the page came from. The session's cookie goes along by itself. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<Result<T>> {
  const { body, type = 'application/json', signal, mode, once = false, waitSeconds } = options
  const init: RequestInit = {
    method,
    cache: 'no-store',
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': type }),
      ...(mode === 'test' && { 'api-mode': mode }),
      ...(once && { 'idempotency-key': randomKey() }),
      ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }
  try {
    return await read<T>(await fetch(path, init))
  } catch {
    if (!once) return NO_ANSWER
  }
  await new Promise(resolve => setTimeout(resolve, RETRY_MS))
  try {
    return await read<T>(await fetch(path, init))
  } catch {
    return NO_ANSWER
  }
}

const NO_ANSWER = {
  ok: false,
  problem: {
    status: 0,
    code: 'no-answer',
    title: 'No answer',
    detail: 'The server did not answer. Check the connection and try again.',
  },
} as const

async function read<T>(response: Response): Promise<Result<T>> {
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') === true && text !== ''
  const value: unknown = json ? JSON.parse(text) : undefined
  if (response.ok) return { ok: true, value: value as T }
  return { ok: false, problem: isProblem(value) ? value : unexplained(response.status) }
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'code' in value && 'title' in value

/** From a proxy, as a rule. */
const unexplained = (status: number): Problem => ({
  status,
  code: `status-${status}`,
  title: `The answer was ${status}`,
  detail: 'Something between this page and the API answered in its place. Try again in a moment.',
})

/** 128 random bits. `crypto.randomUUID` is missing where the page came by plain http. */
const randomKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
