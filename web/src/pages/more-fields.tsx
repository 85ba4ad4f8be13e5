import type { Draft, HeaderDraft, Pair } from '../draft.ts'
import { Fold } from '../ui/fold.tsx'
import { Pairs } from '../ui/pairs.tsx'
import { AuthorizationFields } from './authorization-fields.tsx'

interface MoreProps {
  readonly draft: Draft
  readonly errors: ReadonlyMap<string, string>
  readonly onChange: (changes: Partial<Draft>) => void
}

/** What few receivers ask for. */
export function MoreFields({ draft, errors, onChange }: MoreProps) {
  const { headers, authorization, metadata } = draft
  const isWrong = ['headers', 'authorization', 'metadata'].some(name => errors.has(name))
  const says = headers.length > 0 || authorization.type !== 'none' || metadata.length > 0
  return (
    <Fold title="Authorization, header fields and metadata" says={says} isWrong={isWrong}>
      <AuthorizationFields
        draft={authorization}
        onChange={changes => onChange({ authorization: { ...authorization, ...changes } })}
        error={errors.get('authorization')}
      />
      <Pairs<HeaderDraft>
        label="Header fields"
        one="header field"
        hint="Sent with every request. A secret value is never shown again."
        pairs={headers}
        onPairs={changed => onChange({ headers: changed })}
        fresh={{ name: '', value: '', secret: true, kept: false }}
        placeholder={{ name: 'X-Api-Key', value: 'Value' }}
        error={errors.get('headers')}
        secret={header => header.secret}
        kept={header => header.kept}
        also={(header, set) => (
          <label class="inline-check">
            <input
              type="checkbox"
              checked={header.secret}
              onChange={() => set({ ...header, secret: !header.secret, kept: false })}
            />
            Secret
          </label>
        )}
      />
      <Pairs<Pair>
        label="Metadata"
        one="entry"
        hint="For your own programs. It is not sent."
        pairs={metadata}
        onPairs={changed => onChange({ metadata: changed })}
        fresh={{ name: '', value: '' }}
        placeholder={{ name: 'team', value: 'Value' }}
        error={errors.get('metadata')}
      />
    </Fold>
  )
}
