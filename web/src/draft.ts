import type {
  Authorization,
  Format,
  Header,
  Method,
  Signature,
  Way,
  Webhook,
  WebhookChange,
  WebhookSettings,
} from './api/types.ts'
import { covered } from './wildcards.ts'

/** A webhook as it stands in the form. */
export interface Draft {
  readonly url: string
  readonly events: readonly string[]
  readonly when: string
  readonly method: Method
  /** Of POST and PUT. GET leaves it as it was, so that going back to POST brings it back. */
  readonly format: Format
  readonly signature: Signature
  readonly concurrency: string
  /** How many attempts may begin `per` second or minute; empty where as many as there are. */
  readonly rate: string
  readonly per: 'second' | 'minute'
  readonly order: string
  readonly description: string
  readonly metadata: readonly Pair[]
  readonly headers: readonly HeaderDraft[]
  readonly authorization: AuthorizationDraft
}

export interface Pair {
  readonly name: string
  readonly value: string
}

export interface HeaderDraft extends Pair {
  readonly secret: boolean
  /** Whether there is a secret value already, which stays where nothing is typed. */
  readonly kept: boolean
}

/** The members of all ways, as they stand in the form: choosing another way and going back loses nothing. */
export interface AuthorizationDraft {
  readonly type: Way | 'none'
  readonly username: string
  /** The password, the token or the client's secret. */
  readonly secret: string
  /** The way that there is a secret of already, which stays where nothing is typed. */
  readonly kept: Way | undefined
  readonly token_url: string
  readonly client_id: string
  readonly client_authentication: 'basic' | 'body'
  readonly scope: string
  readonly audience: string
}

const noAuthorization: AuthorizationDraft = {
  type: 'none',
  username: '',
  secret: '',
  kept: undefined,
  token_url: '',
  client_id: '',
  client_authentication: 'basic',
  scope: '',
  audience: '',
}

export const emptyDraft: Draft = {
  url: '',
  events: [],
  when: '',
  method: 'POST',
  format: 'json',
  signature: 'standard',
  concurrency: '4',
  rate: '',
  per: 'second',
  order: '',
  description: '',
  metadata: [],
  headers: [],
  authorization: noAuthorization,
}

export const draftOf = (webhook: Webhook): Draft => ({
  url: webhook.url,
  events: webhook.events,
  when: webhook.when ?? '',
  method: webhook.method,
  format: webhook.format,
  signature: webhook.signature,
  concurrency: `${webhook.concurrency}`,
  rate: `${webhook.rate?.attempts ?? ''}`,
  per: webhook.rate?.per ?? 'second',
  order: webhook.order ?? '',
  description: webhook.description ?? '',
  metadata: Object.entries(webhook.metadata).map(([name, value]) => ({ name, value })),
  headers: webhook.headers.map(({ name, value, secret }) => ({
    name,
    value: value ?? '',
    secret,
    kept: secret,
  })),
  authorization:
    webhook.authorization === null
      ? noAuthorization
      : { ...noAuthorization, ...webhook.authorization, secret: '', kept: webhook.authorization.type },
})

/** GET has no body: the fields become query parameters, and only Twilio's signature covers the URL. */
export const sentAs = ({
  method,
  format,
  signature,
}: Draft): Pick<Draft, 'method' | 'format' | 'signature'> =>
  method === 'GET' ? { method, format: 'form', signature: 'twilio' } : { method, format, signature }

export const settingsOf = (draft: Draft): WebhookSettings => ({
  url: draft.url.trim(),
  events: draft.events.filter(name => !covered(draft.events, draft.events).has(name)),
  when: draft.when.trim() === '' ? null : draft.when,
  concurrency: Number(draft.concurrency),
  rate: draft.rate.trim() === '' ? null : { attempts: Number(draft.rate), per: draft.per },
  order: draft.order.trim() === '' ? null : draft.order.trim(),
  description: draft.description.trim() === '' ? null : draft.description,
  metadata: Object.fromEntries(
    draft.metadata.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]),
  ),
  headers: draft.headers.filter(({ name }) => name.trim() !== '').map(headerOf),
  authorization: authorizationOf(draft.authorization),
  ...sentAs(draft),
})

/** A change merges into the metadata that is there: what was taken out has to be said. */
export const changeOf = (settings: WebhookSettings, before: Draft): WebhookChange => ({
  ...settings,
  metadata: { ...Object.fromEntries(before.metadata.map(({ name }) => [name, null])), ...settings.metadata },
})

const headerOf = ({ name, value, secret, kept }: HeaderDraft): Header => ({
  name: name.trim(),
  value: secret && kept && value === '' ? null : value.trim(),
  secret,
})

/** Members that are empty are left out, and of a secret that is there already nothing is sent. */
function authorizationOf(draft: AuthorizationDraft): Authorization | null {
  const { type, username, kept, token_url, client_id, client_authentication, scope, audience } = draft
  const secret = draft.secret === '' && kept === type ? undefined : draft.secret
  switch (type) {
    case 'none':
      return null
    case 'basic':
      return { type, username, ...(secret !== undefined && { password: secret }) }
    case 'bearer':
      return { type, ...(secret !== undefined && { token: secret.trim() }) }
    case 'oauth2':
      return {
        type,
        token_url: token_url.trim(),
        client_id: client_id.trim(),
        client_authentication,
        ...(scope.trim() !== '' && { scope: scope.trim() }),
        ...(audience.trim() !== '' && { audience: audience.trim() }),
        ...(secret !== undefined && { client_secret: secret.trim() }),
      }
  }
}

/** What need not be asked: the api knows everything else better. */
export function missing(draft: Draft): ReadonlyMap<string, string> {
  const errors = new Map<string, string>()
  if (draft.url.trim() === '') errors.set('url', 'Give the URL that is to be called.')
  if (draft.events.length === 0) errors.set('events', 'Choose at least one event.')
  return errors
}
