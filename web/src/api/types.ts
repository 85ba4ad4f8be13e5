import type { Mode } from '../mode.ts'

// What the api answers, as far as the page uses it. All times are RFC 3339 in UTC.

/** An error as RFC 9457 has it. */
export interface Problem {
  /** 0 where no answer came. */
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  readonly request_id?: string
}

/** `pointer` is a JSON Pointer in URI fragment form: `#/url`. */
export interface FieldError {
  readonly pointer?: string
  readonly parameter?: string
  readonly detail: string
}

/** Work that goes on after its request was answered. */
export interface Operation<R> {
  readonly id: string
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
  readonly result: R | null
  readonly problem: { readonly title: string; readonly detail?: string } | null
  readonly settled_at: string | null
}

export interface Page<T> {
  readonly data: readonly T[]
  /** Continues the list; null at its end. */
  readonly next: string | null
}

export interface Session {
  readonly title: string
  /** What the paths of the api begin with: `/v1`. */
  readonly base: string
  readonly docs: string
  /** All that a key can be allowed: `articles:read`. */
  readonly scopes: readonly string[]
  readonly account: { readonly id: string; readonly name: string }
  readonly expires_at: string
}

/** What a key may do, until when, and from where. Null: everything, for ever, from everywhere. */
export interface KeyTerms {
  readonly name: string
  readonly scopes: readonly string[] | null
  readonly expires_at: string | null
  readonly addresses: readonly string[] | null
}

export interface Key extends KeyTerms {
  readonly id: string
  readonly mode: Mode
  readonly hint: string
  readonly created_at: string
  readonly last_used_at: string | null
  readonly revoked_at: string | null
}

export interface IssuedKey extends Key {
  readonly key: string
}

/** Something that was done to a key or a webhook. */
export interface AuditEntry {
  readonly id: string
  readonly at: string
  /** `key.created` */
  readonly action: string
  /** The id of what it was done to. */
  readonly subject: string | null
  readonly by: 'key' | 'session' | 'application'
  readonly key_id: string | null
  readonly address: string | null
}

/** What was asked of the api, and what became of it. */
export interface LoggedRequest {
  readonly id: string
  readonly at: string
  readonly method: string
  readonly route: string
  readonly path: string
  readonly query: string | null
  readonly status: number
  /** The code of the problem that it was answered with. */
  readonly problem: string | null
  readonly duration_ms: number
  readonly replayed: boolean
  /** Null where somebody was signed in. */
  readonly key_id: string | null
  readonly address: string | null
  readonly user_agent: string | null
  /** How many more there were at about this time, which were not kept. */
  readonly left_out: number
}

export interface EventType {
  readonly name: string
  readonly description: string | null
  /** The JSON Schema of its data. */
  readonly schema: { readonly [member: string]: unknown }
}

/** What a delivery of an event type looks like. */
export interface Example {
  readonly method: string
  readonly query: string | null
  readonly content_type: string | null
  readonly body: string | null
}

export type Method = 'POST' | 'PUT' | 'GET'
export type Format = 'json' | 'xml' | 'form'
export type Signature = 'standard' | 'ed25519' | 'twilio' | 'stripe' | 'github'

/** A header field of an owner's. The value of a secret one is null: it is never shown again. */
export interface Header {
  readonly name: string
  readonly value: string | null
  readonly secret: boolean
}

export type Way = 'basic' | 'bearer' | 'oauth2'

/** How a webhook says who it is to its receiver. Its secret is sent, and never shown again. */
export interface Authorization {
  readonly type: Way
  readonly username?: string
  readonly password?: string
  readonly token?: string
  readonly token_url?: string
  readonly client_id?: string
  readonly client_secret?: string
  readonly client_authentication?: 'basic' | 'body'
  readonly scope?: string
  readonly audience?: string
}

/** Whether a URL has answered what it was asked. */
export interface Challenge {
  readonly state: 'asked' | 'passed' | 'failed'
  readonly error: string | null
}

/** What an owner says of a webhook. */
export interface WebhookSettings {
  readonly url: string
  readonly events: readonly string[]
  readonly when: string | null
  readonly method: Method
  readonly format: Format
  readonly signature: Signature
  /** How many attempts may be under way at once. */
  readonly concurrency: number
  readonly rate: { readonly attempts: number; readonly per: 'second' | 'minute' } | null
  /** The field by which its events are sent one after another: `data.id`. */
  readonly order: string | null
  readonly description: string | null
  readonly metadata: { readonly [name: string]: string }
  readonly headers: readonly Header[]
  readonly authorization: Authorization | null
}

/** A change of a webhook. Members that are left out stay; in the metadata null takes one away. */
export type WebhookChange = Partial<
  Omit<WebhookSettings, 'metadata'> & {
    readonly metadata: { readonly [name: string]: string | null }
    readonly paused: boolean
    readonly held: 'send' | 'drop'
  }
>

export interface Webhook extends WebhookSettings {
  readonly id: string
  readonly paused: boolean
  readonly state: 'active' | 'failing' | 'disabled'
  readonly disabled_at: string | null
  readonly disabled_because: 'gone' | 'failing' | null
  readonly public_key: string | null
  readonly previous_secret_until: string | null
  /** Null where nobody asks whose the URL is. */
  readonly challenge: Challenge | null
  readonly created_at: string
}

export interface WebhookWithSecret extends Webhook {
  /** Null where receivers verify by the public key. */
  readonly secret: string | null
}

/** A condition, tried on the account's last events. */
export interface Trial {
  readonly tried: number
  readonly met: number
  readonly events: readonly {
    readonly id: string
    readonly type: string
    readonly at: string
    readonly met: boolean
    /** Why it is not met. */
    readonly because: string | null
  }[]
}

export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'canceled'

export interface Delivery {
  readonly id: string
  readonly webhook_id: string
  readonly event_id: string
  readonly event_type: string
  readonly state: DeliveryState
  readonly attempt_count: number
  readonly created_at: string
  readonly settled_at: string | null
  /** Null while an attempt is under way, while it waits for an earlier one of its order, and once settled. */
  readonly next_attempt_at: string | null
}

export interface Attempt {
  readonly number: number
  readonly started_at: string
  readonly duration_ms: number
  readonly outcome: string
  readonly status: number | null
  readonly method: string
  readonly url: string
  readonly request_headers: Headers
  readonly response_headers: Headers | null
  readonly response_body: string | null
  readonly error: string | null
}

/** Values by name; a field that came several times has a list. */
export interface Headers {
  readonly [name: string]: string | readonly string[]
}

export interface DeliveryWithAttempts extends Delivery {
  readonly body: string
  readonly attempts: readonly Attempt[]
}

export interface Event {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly data?: unknown
  readonly before?: unknown
}

export interface EventWithWebhooks extends Event {
  /** The webhooks that were subscribed to its type, and what their conditions said. */
  readonly webhooks: readonly {
    readonly webhook_id: string
    readonly met: boolean
    readonly because: string | null
  }[]
}
