import type { Way } from '../api/types.ts'
import type { AuthorizationDraft } from '../draft.ts'
import { Segments } from '../ui/choice.tsx'
import { TextField } from '../ui/field.tsx'

interface AuthorizationProps {
  readonly draft: AuthorizationDraft
  readonly onChange: (changes: Partial<AuthorizationDraft>) => void
  readonly error: string | undefined
}

const WAYS: { readonly [W in Way]: string } = {
  basic: 'Basic',
  bearer: 'Bearer',
  oauth2: 'OAuth 2',
}

const OPTIONS = [
  { value: 'none', label: 'None' },
  ...(['basic', 'bearer', 'oauth2'] as const).map(value => ({ value, label: WAYS[value] })),
] as const

const ABOUT: { readonly [W in Way | 'none']: string } = {
  none: 'The signature says who it is from. That is enough for most receivers.',
  basic: 'Sends a user name and a password.',
  bearer: 'Sends a token.',
  oauth2: 'Fetches a token by the client credentials grant, and another one when it expires.',
}

const SECRETS: { readonly [W in Way]: string } = {
  basic: 'Password',
  bearer: 'Token',
  oauth2: 'Client secret',
}

/** How the webhook says who it is to its receiver. */
export function AuthorizationFields({ draft, onChange, error }: AuthorizationProps) {
  const { type } = draft
  return (
    <>
      <Segments
        label="Authorization"
        options={OPTIONS}
        value={type}
        onValue={value => onChange({ type: value })}
        about={ABOUT[type]}
        error={error}
      />
      {type === 'basic' && (
        <TextField
          label="User name"
          value={draft.username}
          onValue={username => onChange({ username })}
          maxLength={255}
        />
      )}
      {type === 'oauth2' && <ClientFields draft={draft} onChange={onChange} />}
      {type !== 'none' && (
        <TextField
          label={SECRETS[type]}
          secret
          value={draft.secret}
          onValue={secret => onChange({ secret })}
          maxLength={4_096}
          placeholder={draft.kept === type ? 'Stays as it is' : ''}
          hint="Never shown again."
        />
      )}
    </>
  )
}

const SENT = [
  { value: 'basic', label: 'In a header field' },
  { value: 'body', label: 'In the body' },
] as const

const ClientFields = ({ draft, onChange }: Omit<AuthorizationProps, 'error'>) => (
  <>
    <TextField
      label="Token URL"
      keyboard="url"
      value={draft.token_url}
      onValue={token_url => onChange({ token_url })}
      maxLength={2048}
      placeholder="https://example.com/oauth/token"
    />
    <TextField
      label="Client ID"
      value={draft.client_id}
      onValue={client_id => onChange({ client_id })}
      maxLength={255}
    />
    <div class="side-by-side">
      <TextField
        label="Scope"
        optional
        value={draft.scope}
        onValue={scope => onChange({ scope })}
        maxLength={1_000}
      />
      <TextField
        label="Audience"
        optional
        value={draft.audience}
        onValue={audience => onChange({ audience })}
        maxLength={2048}
      />
    </div>
    <Segments
      label="Client is sent"
      options={SENT}
      value={draft.client_authentication}
      onValue={client_authentication => onChange({ client_authentication })}
    />
  </>
)
