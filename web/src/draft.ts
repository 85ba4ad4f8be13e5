import type { Format, Method, Signature, Webhook, WebhookSettings } from './api/types.ts'

/** A webhook as it stands in the form. */
export interface Draft {
  readonly url: string
  readonly events: readonly string[]
  readonly when: string
  readonly method: Method
  /** Of POST and PUT. GET leaves it as it was, so that going back to POST brings it back. */
  readonly format: Format
  readonly signature: Signature
  readonly description: string
}

export const emptyDraft: Draft = {
  url: '',
  events: [],
  when: '',
  method: 'POST',
  format: 'json',
  signature: 'standard',
  description: '',
}

export const draftOf = (webhook: Webhook): Draft => ({
  url: webhook.url,
  events: webhook.events,
  when: webhook.when ?? '',
  method: webhook.method,
  format: webhook.format,
  signature: webhook.signature,
  description: webhook.description ?? '',
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
  events: draft.events,
  when: draft.when.trim() === '' ? null : draft.when,
  description: draft.description.trim() === '' ? null : draft.description,
  ...sentAs(draft),
})

/** What need not be asked: the api knows everything else better. */
export function missing(draft: Draft): ReadonlyMap<string, string> {
  const errors = new Map<string, string>()
  if (draft.url.trim() === '') errors.set('url', 'Give the URL that is to be called.')
  if (draft.events.length === 0) errors.set('events', 'Choose at least one event.')
  return errors
}
