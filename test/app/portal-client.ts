import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Answered } from '../e2e/client.ts'
import type { Fixture } from './fixture.ts'

type Fields = Record<string, string>

/** What a browser says of a request that the portal's own page makes. */
export const OWN_PAGE: Fields = { 'sec-fetch-site': 'same-origin' }

/** One request with exactly these fields: `fetch` adds its own, and resolves the dots of a path. */
export async function ask(
  url: string,
  method: string,
  path: string,
  headers: Fields = {},
  body?: string,
): Promise<Answered> {
  const { hostname, port } = new URL(url)
  const sending = request({ hostname, port, method, path, headers })
  sending.end(body)
  const [incoming] = (await once(sending, 'response')) as [IncomingMessage]
  const received = await text(incoming)
  const fields = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) fields.append(name, value)
  }
  const json = fields.get('content-type')?.includes('json') === true && received !== ''
  return { status: incoming.statusCode ?? 0, headers: fields, body: json ? JSON.parse(received) : received }
}

/** The token of a fresh link. */
export async function freshLink({ serving, account }: Fixture, of = account): Promise<string> {
  const { path } = await serving.app.accounts.signInLink(of)
  return path.replace('/portal#sign-in=', '')
}

/** Spends a link as the portal's page does. */
export const spend = (url: string, token: unknown, headers: Fields = OWN_PAGE): Promise<Answered> =>
  ask(
    url,
    'POST',
    '/portal/session',
    { 'content-type': 'application/json', ...headers },
    JSON.stringify({ token }),
  )

/** Signs in, and answers the fields of a request that the page then makes. */
export async function signIn(fixture: Fixture, account = fixture.account): Promise<Fields> {
  const { status, headers } = await spend(fixture.url, await freshLink(fixture, account))
  assert.equal(status, 204)
  return { cookie: cookieOf(headers), ...OWN_PAGE }
}

/** `name=value`, as a browser sends it back. */
export const cookieOf = (headers: Headers): string => headers.get('set-cookie')?.split(';')[0] ?? ''
