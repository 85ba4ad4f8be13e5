import type { Authorization, Header, Webhook } from '../api/types.ts'
import { Facts } from '../ui/facts.tsx'
import { At } from '../ui/time.tsx'
import { count } from '../words.ts'
import { EventNames } from './parts.tsx'
import { SignatureFact } from './webhook-secret.tsx'

interface WebhookFactsProps {
  readonly webhook: Webhook
  readonly onRolled: () => void
}

export const WebhookFacts = ({ webhook, onRolled }: WebhookFactsProps) => (
  <Facts
    of={{
      Events: <EventNames names={webhook.events} />,
      Condition:
        webhook.when === null ? (
          <span class="soft">none: every such event</span>
        ) : (
          <code class="cel">{webhook.when}</code>
        ),
      Request: `${webhook.method}, as ${SENT_AS[webhook.method === 'GET' ? 'query' : webhook.format]}`,
      'At once': webhook.concurrency === 1 ? 'one attempt' : `up to ${webhook.concurrency} attempts`,
      Rate:
        webhook.rate === null
          ? undefined
          : `up to ${count(webhook.rate.attempts, 'attempt')} a ${webhook.rate.per}`,
      Order:
        webhook.order === null ? undefined : (
          <>
            one after another where <code>{webhook.order}</code> is the same
          </>
        ),
      Signature: <SignatureFact webhook={webhook} onRolled={onRolled} />,
      Authorization: webhook.authorization === null ? undefined : authorizedAs(webhook.authorization),
      'Header fields': webhook.headers.length === 0 ? undefined : <HeaderNames headers={webhook.headers} />,
      Metadata: Object.keys(webhook.metadata).length === 0 ? undefined : <Entries of={webhook.metadata} />,
      Created: <At at={webhook.created_at} />,
      Id: <code>{webhook.id}</code>,
    }}
  />
)

const SENT_AS = { json: 'JSON', xml: 'XML', form: 'a form', query: 'parameters of the URL' }

function authorizedAs({ type, username, token_url }: Authorization): string {
  if (type === 'basic') return `Basic, as ${username ?? ''}`
  return type === 'bearer' ? 'Bearer token' : `OAuth 2, with tokens from ${token_url ?? ''}`
}

const HeaderNames = ({ headers }: { readonly headers: readonly Header[] }) => (
  <Entries of={Object.fromEntries(headers.map(({ name, value }) => [name, value ?? 'secret']))} />
)

const Entries = ({ of }: { readonly of: { readonly [name: string]: string } }) => (
  <>
    {Object.entries(of).map(([name, value]) => (
      <div key={name}>
        <code>{name}</code> <span class="soft">{value}</span>
      </div>
    ))}
  </>
)
