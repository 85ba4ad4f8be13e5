// What a public API needs on Fastify, wherever its rows lie: a bearer key, a limit, ETag.
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    account: string
  }
}

const REQUESTS_A_MINUTE = 1e9

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** @param accountOf the account of a key, by its digest: anything but a text where there is none. */
export function addKit(app: FastifyInstance, accountOf: (digest: string) => unknown): void {
  const used = new Map<string, number>()
  setInterval(() => used.clear(), 60_000).unref()
  app.decorateRequest('account', '')

  app.addHook('onRequest', async (request, reply) => {
    const [, bearer = ''] = request.headers.authorization?.split('Bearer ') ?? []
    const account = await accountOf(sha256(bearer))
    if (typeof account !== 'string') return reply.code(401).send({ error: 'no such key' })
    const requests = (used.get(account) ?? 0) + 1
    used.set(account, requests)
    reply.header('ratelimit', `"default";r=${REQUESTS_A_MINUTE - requests};t=60`)
    if (requests > REQUESTS_A_MINUTE) return reply.code(429).send({ error: 'too many requests' })
    request.account = account
  })

  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload
    const tag = `"${createHash('sha1').update(payload).digest('base64url')}"`
    reply.header('etag', tag)
    if (request.headers['if-none-match'] !== tag) return payload
    reply.code(304)
    return ''
  })
}
