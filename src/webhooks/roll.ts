import * as z from 'zod'
import type { Random, Seal } from '../base/index.ts'
import { type AnyEndpoint, endpoint, InvalidValue, type Resource } from '../contract/index.ts'
import { webhookChanged } from '../unit/index.ts'
import { sealedAlso } from './resealing.ts'
import { newPrivateKey, newSecret, publicKeyOf } from './secret.ts'
import type { Signature } from './signing.ts'
import type { WebhookSchemas } from './webhook-schema.ts'

const DAY = 24 * 60 * 60
const MAX_OVERLAP = 7 * DAY

/** Those that are `webhook-signature`, so that both secrets can sign beside each other. */
const BY_STANDARD_WEBHOOKS = ['standard', 'ed25519'] as const

const Roll = z
  .object({
    overlap: z
      .int()
      .min(0)
      .max(MAX_OVERLAP)
      .default(DAY)
      .describe(
        'For how many seconds the secret before it signs as well. 7 days at most; 0 for one that leaked',
      ),
    signature: z
      .enum(BY_STANDARD_WEBHOOKS)
      .optional()
      .describe('Goes over from a shared secret to a pair of keys, or back. Default: as it is'),
  })
  .prefault({})

const ROLL = `update signalbox_webhooks set secret = $2, public_key = $3, signature = $4, previous_secret_until = $5,
  previous_secret = case when $6 = 1 then secret end, sealed_by = ${sealedAlso('$7')} where id = $1`

export interface SecretMaking {
  readonly random: Random
  readonly seal: Seal
}

/** What a new webhook signs with, and as it is stored. */
export function makeSecret(signature: Signature, { random, seal }: SecretMaking) {
  const secret = signature === 'ed25519' ? newPrivateKey(random) : newSecret(random)
  const publicKey = publicKeyOf(secret)
  return {
    /** What its owner is shown: nothing where receivers verify by the public key. */
    shown: publicKey === null ? secret : null,
    public_key: publicKey,
    secret: seal.close(secret),
    sealed_by: seal.keyId,
    previous_secret_until: null,
  }
}

/** Replaces what a webhook signs with, by one of `webhooks`. */
export function rollEndpoint(
  webhooks: Resource<string, never, z.output<WebhookSchemas['Webhook']>>,
  { WithSecret }: Pick<WebhookSchemas, 'WithSecret'>,
  making: SecretMaking,
): AnyEndpoint {
  const rollSecret = endpoint({
    method: 'POST',
    path: '/webhooks/{id}/roll-secret',
    input: Roll,
    output: WithSecret,
    problems: { 'not-found': 404 },
    summary: 'Replace the secret of a webhook',
    description:
      'The answer has the new secret, or its public key. During the overlap deliveries are signed by both; where the signature has room for one, by the one before.',
    names: { input: 'SecretRoll', output: 'WebhookWithSecret' },
    // Whoever has the secret can make up deliveries: no less than it takes to make a webhook.
    scope: ['webhooks:write', 'events:read'],
    audit: 'webhook.secret-rolled',
    shownOnce: true,
    storesInput: true,
    handle: async call => {
      const { on, sql, params, input, now, fail } = call
      const before = (await on(webhooks).get(params.id)) ?? fail('not-found')
      const { signature = before.signature, overlap } = input
      refuseTwoKinds(before.signature, signature)
      const { shown, secret, public_key, sealed_by } = makeSecret(signature, making)
      const until = overlap === 0 ? null : new Date(now.getTime() + overlap * 1000).toISOString()
      await sql.run(ROLL, before.id, secret, public_key, signature, until, until === null ? 0 : 1, sealed_by)
      webhookChanged(call, before.id)
      return { ...before, signature, public_key, previous_secret_until: until, secret: shown }
    },
  })
  return { ...rollSecret, bodyless: true }
}

/**
 * A shared secret becomes no private key, nor the other way round: somebody may have it.
 *
 * @throws InvalidValue where a change of the signature alone would need another secret.
 */
export function refuseOtherSecret(before: Signature, after: Signature): void {
  if ((before === 'ed25519') === (after === 'ed25519')) return
  const message = `From ${before} to ${after} it takes a new secret: roll-secret makes one, and goes over between standard and ed25519.`
  throw new InvalidValue('webhook', [{ path: ['signature'], message }])
}

/** @throws InvalidValue where the two cannot sign one delivery. */
function refuseTwoKinds(before: Signature, after: Signature): void {
  const both: readonly Signature[] = BY_STANDARD_WEBHOOKS
  if (after === before || both.includes(before)) return
  const message = `The signature is ${before}, and a delivery cannot be signed by both. Change the webhook's signature to standard first.`
  throw new InvalidValue('webhook', [{ path: ['signature'], message }])
}
