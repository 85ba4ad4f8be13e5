import * as z from 'zod'
import {
  canSpend,
  cookieField,
  cookieValue,
  endSession,
  findSession,
  isSameOrigin,
  SESSION_MS,
  type SessionCookie,
  spendSignInLink,
} from '../access/index.ts'
import type { Clock, Random } from '../base/index.ts'
import { type Api, validate } from '../contract/index.ts'
import { readJson } from '../formats/index.ts'
import { JSON_TYPE, parseMediaType, problem } from '../http/index.ts'
import type { Store } from '../store/index.ts'
import { NO_STORE, NOSNIFF } from './answers.ts'
import type { Answer, Request } from './exchange.ts'
import type { ApiLimiter } from './limits.ts'
import { invalidInput, Refusal, refuse, refuseBody } from './refusal.ts'

export interface SessionOptions {
  readonly store: Store
  readonly cookie: SessionCookie
  readonly limiter: ApiLimiter
  readonly clock: Clock
  readonly random: Random
  /** All that keys can be allowed. */
  readonly scopes: ReadonlySet<string>
}

/** What `/portal/session` answers, by method. Each throws a Refusal where it cannot. */
export interface SessionEndpoint {
  /** Signs in: `{ "token": "…" }`, from a sign-in link. */
  post(request: Request): Promise<Answer>
  /** Who is signed in, where the api is, and what its keys can be allowed. */
  get(request: Request): Promise<Answer>
  /** Signs out. */
  delete(request: Request): Promise<Answer>
}

/** It is no endpoint of the api: it takes no key, and means nothing to who has one. */
export function createSessionEndpoint(
  { title, base }: Pick<Api, 'title' | 'base'>,
  { store, cookie, limiter, clock, random, scopes }: SessionOptions,
): SessionEndpoint {
  const wrong = async (request: Request): Promise<never> => {
    throw new Refusal((await limiter.wrongKey(request)) ?? problem('sign-in-link-spent'))
  }
  return {
    async post(request) {
      // A page elsewhere must not sign its visitors in as somebody else.
      if (!isSameOrigin(request)) refuse('signed-out', { detail: 'Sign in from the page at /portal.' })
      const token = await readToken(request)
      const now = clock.now()
      if (!(await canSpend(store.peek, token, now))) await wrong(request)
      const session = await store.unit(tx => spendSignInLink(tx, random, token, now))
      if (session === undefined) return wrong(request)
      return signed(cookieField(cookie, session, SESSION_MS / 1000))
    },
    async get(request) {
      const token = tokenOf(request, cookie)
      const session = await findSession(store.read, token, clock.now())
      if (session === undefined) return refuse('signed-out')
      const { account, name, expires_at } = session
      return {
        status: 200,
        headers: [['content-type', JSON_TYPE], NOSNIFF, NO_STORE],
        body: JSON.stringify({
          title,
          base,
          docs: '/docs',
          scopes: [...scopes].toSorted(),
          account: { id: account, name },
          expires_at,
        }),
      }
    },
    async delete(request) {
      const token = tokenOf(request, cookie)
      await store.unit(tx => endSession(tx, token))
      return signed(cookieField(cookie, '', 0))
    },
  }
}

/** Whether a cookie tells who calls. */
export const isBySession = (
  request: Request,
  { cookie, hasOwnSignIn }: { readonly cookie: SessionCookie; readonly hasOwnSignIn: boolean },
): boolean =>
  request.header('authorization') === undefined &&
  (hasOwnSignIn || cookieValue(request, cookie) !== undefined)

/** In or out. */
const signed = (field: string): Answer => ({
  status: 204,
  headers: [['set-cookie', field], NO_STORE],
  body: undefined,
})

const tokenOf = (request: Request, cookie: SessionCookie): string =>
  cookieValue(request, cookie) ?? refuse('signed-out')

const SignIn = z.object({ token: z.string() })

const BODY_BYTES = 1024

async function readToken(request: Request): Promise<string> {
  const type = parseMediaType(request.header('content-type') ?? '')
  if (type?.essence !== JSON_TYPE) {
    refuse('unsupported-media-type', {
      detail: 'The body may be application/json.',
      headers: { accept: JSON_TYPE },
    })
  }
  const read = readJson(await request.body(BODY_BYTES))
  if ('problem' in read) return refuseBody(read.problem)
  const result = await validate(SignIn, read.value)
  if ('value' in result) return result.value.token
  throw new Refusal(invalidInput(result.issues))
}
