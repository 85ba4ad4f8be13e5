import { useState } from 'preact/hooks'
import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import type { Webhook, WebhookWithSecret } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { Copy } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { Once } from '../ui/once.tsx'
import { At } from '../ui/time.tsx'
import { forgetSecret, keepSecret, secretOf } from './new-secrets.ts'
import { type Overlap, OverlapField } from './overlap.tsx'
import { SIGNATURES } from './parts.tsx'

/** What signs the webhook's deliveries, shown once after it was made. */
export function NewSecret({ webhook }: { readonly webhook: Webhook }) {
  const [, putAway] = useState(0)
  const secret = secretOf(webhook.id)
  if (secret === undefined) return null
  const done = (): void => {
    forgetSecret(webhook.id)
    putAway(times => times + 1)
  }
  return (
    <Once title="This is the webhook’s secret" what="the secret" text={secret} onDone={done}>
      It signs every delivery, and it is shown this once. {SIGNATURES[webhook.signature].about}
    </Once>
  )
}

interface SignatureFactProps {
  readonly webhook: Webhook
  readonly onRolled: () => void
}

/** How deliveries are signed, what receivers verify them by, and the way to replace it. */
export function SignatureFact({ webhook, onRolled }: SignatureFactProps) {
  const [rolling, setRolling] = useState(false)
  const { signature, public_key, previous_secret_until } = webhook
  const rolled = ({ id, secret }: WebhookWithSecret): void => {
    if (secret !== null) keepSecret(id, secret)
    setRolling(false)
    onRolled()
  }
  return (
    <>
      <p class="fact-row">
        {SIGNATURES[signature].label}
        <Button onClick={() => setRolling(true)}>{public_key === null ? 'Roll secret' : 'Roll keys'}</Button>
      </p>
      {public_key !== null && (
        <p class="fact-row">
          <code>{public_key}</code>
          <Copy text={public_key} what="the public key" />
        </p>
      )}
      {previous_secret_until !== null && (
        <p class="soft">
          The one before signs as well until <At at={previous_secret_until} />
        </p>
      )}
      {rolling && <RollSecret of={webhook} onClose={() => setRolling(false)} onDone={rolled} />}
    </>
  )
}

interface RollSecretProps {
  readonly of: Webhook
  readonly onClose: () => void
  readonly onDone: (rolled: WebhookWithSecret) => void
}

function RollSecret({ of, onClose, onDone }: RollSecretProps) {
  const { webhooks } = useApi()
  const [overlap, setOverlap] = useState<Overlap>('86400')
  const { busy, problem, run } = useAction()
  const what = of.public_key === null ? 'secret' : 'pair of keys'
  return (
    <Dialog title={of.public_key === null ? 'Roll the secret' : 'Roll the keys'} onClose={onClose}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="dialog-text">
        <p>Makes a new {what}. Give it to your receiver while the one before still signs as well.</p>
      </div>
      <OverlapField
        value={overlap}
        onValue={setOverlap}
        none={`The ${what} before signs nothing from now on: right for one that leaked.`}
        some={`For so long the ${what} before signs as well.`}
      />
      <div class="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          busy={busy}
          onClick={() => run(() => webhooks.rollSecret(of.id, Number(overlap)), onDone)}
        >
          Roll
        </Button>
      </div>
    </Dialog>
  )
}
