import type { Seal } from '../base/index.ts'
import type { Row } from '../store/index.ts'
import type { ShownAuthorization } from './authorization.ts'
import type { ShownHeader } from './headers.ts'
import { openHidden } from './hidden.ts'
import type { Format } from './render.ts'
import type { Authorized, CallingOrder, WebhookMethod } from './request.ts'
import type { Signature } from './signing.ts'

/** How a webhook wants to be called, from its row, its secrets as they are stored. */
export interface StoredOrder
  extends Pick<CallingOrder, 'url' | 'method' | 'format' | 'signature' | 'previous'> {
  readonly secret: string
  readonly headers: readonly ShownHeader[]
  readonly authorization: ShownAuthorization | null
  readonly hidden: string | null
}

/** What `orderOf` reads of a webhook `w`. */
export const ORDER_COLUMNS = `w.url, w.method, w.format, w.signature, w.secret, w.previous_secret, w.previous_secret_until,
  w.headers, w."authorization", w.hidden`

export function orderOf(row: Row): StoredOrder {
  const { hidden, authorization, previous_secret: previous } = row
  return {
    url: String(row['url']),
    method: String(row['method']) as WebhookMethod,
    format: String(row['format']) as Format,
    signature: String(row['signature']) as Signature,
    secret: String(row['secret']),
    previous:
      typeof previous === 'string'
        ? { secret: previous, until: Date.parse(String(row['previous_secret_until'])) }
        : null,
    headers: JSON.parse(String(row['headers'])) as ShownHeader[],
    authorization:
      typeof authorization === 'string' ? (JSON.parse(authorization) as ShownAuthorization) : null,
    hidden: typeof hidden === 'string' ? hidden : null,
  }
}

/**
 * The same, secrets open. Called where an attempt begins rather than where it was claimed: what cannot be opened fails alone, and
 * is left to a process that can.
 *
 * @throws SealedByOther
 */
export function openOrder(stored: StoredOrder, seal: Seal): CallingOrder {
  const { secret, previous, headers, authorization, ...rest } = stored
  const hidden = openHidden(stored.hidden, seal)
  return {
    ...rest,
    secret: seal.open(secret),
    previous: previous && { ...previous, secret: seal.open(previous.secret) },
    headers: headers.map(({ name, value, secret: isSecret }) => ({
      name,
      value: value ?? hidden.headers.get(name.toLowerCase()) ?? '',
      secret: isSecret,
    })),
    authorization: authorization && authorizedBy(authorization, hidden.authorization ?? ''),
  }
}

function authorizedBy(
  {
    type,
    username = '',
    token_url = '',
    client_id = '',
    client_authentication,
    scope,
    audience,
  }: ShownAuthorization,
  secret: string,
): Authorized {
  switch (type) {
    case 'basic':
      return { type, username, password: secret }
    case 'bearer':
      return { type, token: secret }
    case 'oauth2':
      return {
        type,
        grant: {
          tokenUrl: token_url,
          clientId: client_id,
          clientSecret: secret,
          clientAuthentication: client_authentication ?? 'basic',
          scope,
          audience,
        },
      }
  }
}
