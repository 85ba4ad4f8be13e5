import { Fragment } from 'preact'
import type { Delivery, DeliveryState, Key, Signature, Webhook } from '../api/types.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { Until } from '../ui/time.tsx'
import { capital } from '../words.ts'

const TONES: { readonly [state in DeliveryState]: Tone } = {
  pending: 'waiting',
  delivered: 'good',
  failed: 'bad',
  canceled: 'quiet',
}

export const DeliveryBadge = ({ delivery: { state } }: { readonly delivery: Delivery }) => (
  <Badge tone={TONES[state]}>{capital(state)}</Badge>
)

export function WebhookBadge({ webhook: { paused, state, challenge } }: { readonly webhook: Webhook }) {
  if (challenge?.state === 'failed') return <Badge tone="bad">Unproven</Badge>
  if (challenge?.state === 'asked') return <Badge tone="waiting">Being asked</Badge>
  if (state === 'disabled') return <Badge tone="bad">Disabled</Badge>
  if (paused) return <Badge tone="waiting">Paused</Badge>
  return state === 'failing' ? <Badge tone="bad">Failing</Badge> : <Badge tone="good">Active</Badge>
}

/** When a delivery is tried next; nothing once it is settled. */
export function NextAttempt({
  delivery,
  webhook,
}: {
  readonly delivery: Delivery
  readonly webhook: Webhook | undefined
}) {
  if (delivery.state !== 'pending') return null
  if (webhook?.state === 'disabled') return <>when enabled</>
  if (webhook?.paused === true) return <>when resumed</>
  // Those of one order key are sent one after another.
  return delivery.next_attempt_at === null ? (
    <>after an earlier one</>
  ) : (
    <Until at={delivery.next_attempt_at} />
  )
}

/** A name of a type of event, which breaks at its dots where the page is narrow. */
export const EventName = ({ name }: { readonly name: string }) => (
  <code>
    {name.split('.').map((part, index) => (
      <Fragment key={part}>
        {index > 0 && (
          <>
            .<wbr />
          </>
        )}
        {part}
      </Fragment>
    ))}
  </code>
)

interface EventNamesProps {
  readonly names: readonly string[]
  /** How many are named; the others are counted. */
  readonly most?: number
}

export const EventNames = ({ names, most = names.length }: EventNamesProps) => (
  <span class="names">
    {names.slice(0, most).map(name => (
      <EventName key={name} name={name} />
    ))}
    {names.length > most && <span class="soft">+{names.length - most}</span>}
  </span>
)

interface KeyByIdProps {
  readonly id: string | null
  /** Those that were read: of others only the id is known. */
  readonly keys: readonly Key[]
}

export function KeyById({ id, keys }: KeyByIdProps) {
  const key = keys.find(each => each.id === id)
  return (
    <>
      {key === undefined ? 'A key' : `The key “${key.name}”`}
      <span class="beneath">
        <code>{key?.hint ?? id}</code>
      </span>
    </>
  )
}

/** What each signature covers, and who can check it. */
export const SIGNATURES: {
  readonly [signature in Signature]: { readonly label: string; readonly about: string }
} = {
  standard: {
    label: 'Standard Webhooks',
    about:
      'The header webhook-signature covers the id, the time and the body. Libraries for most languages check it.',
  },
  ed25519: {
    label: 'Ed25519',
    about:
      'The same header, signed by a private key that nobody is shown. Receivers check it by the public key, which is no secret.',
  },
  twilio: {
    label: 'Twilio',
    about: 'The header X-Twilio-Signature covers the URL and the fields. Twilio’s own libraries check it.',
  },
  stripe: {
    label: 'Stripe',
    about: 'The header Stripe-Signature covers the time and the body. Stripe’s own libraries check it.',
  },
  github: {
    label: 'GitHub',
    about: 'The header X-Hub-Signature-256 covers the body. What checks GitHub’s webhooks checks it.',
  },
}
