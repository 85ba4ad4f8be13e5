import type { Row } from '../store/index.ts'
import type { ShownAuthorization } from './authorization.ts'
import type { ShownHeader } from './headers.ts'
import { openHidden } from './hidden.ts'
import type { Format } from './render.ts'
import type { Authorized, CallingOrder, WebhookMethod } from './request.ts'
import type { Signature } from './signing.ts'

/** How a webhook wants to be called, secrets included, from its row. */
export function orderOf(row: Row): CallingOrder {
  const hidden = openHidden(row['hidden'])
  const headers = JSON.parse(String(row['headers'])) as ShownHeader[]
  const authorization =
    row['authorization'] == null ? null : (JSON.parse(String(row['authorization'])) as ShownAuthorization)
  return {
    url: String(row['url']),
    method: String(row['method']) as WebhookMethod,
    format: String(row['format']) as Format,
    signature: String(row['signature']) as Signature,
    secret: String(row['secret']),
    headers: headers.map(({ name, value, secret }) => ({
      name,
      value: value ?? hidden.headers.get(name.toLowerCase()) ?? '',
      secret,
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
