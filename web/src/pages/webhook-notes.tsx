import type { Action } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import type { Webhook } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Note } from '../ui/note.tsx'
import { At } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'

// What stands in the way of a webhook, each with the button that mends it.

export interface ActionsProps {
  readonly webhook: Webhook
  readonly action: Action
  readonly onDone: () => void
}

/** Why it is not called, or not as it should be. */
export function Unwell({ webhook, action: { busy, run }, onDone }: ActionsProps) {
  const { id, state, disabled_because, disabled_at } = webhook
  const { webhooks } = useApi()
  const say = useToast()
  if (state === 'active') return null
  const enable = (): void =>
    run(
      () => webhooks.enable(id),
      ({ paused }) => {
        say(paused ? 'Enabled. It is paused still.' : ENABLED[state])
        onDone()
      },
    )
  return (
    <Note title={state === 'failing' ? 'Most attempts of late have failed' : 'It is disabled'}>
      {state === 'failing' ? (
        <p>It is tried now and then until it answers. What it is owed waits meanwhile.</p>
      ) : (
        <p>
          {disabled_because === 'gone'
            ? 'Its receiver answered 410, which says that it is gone'
            : 'All attempts of five days have failed'}
          {disabled_at !== null && (
            <>
              : <At at={disabled_at} />
            </>
          )}
          . What it is owed waits until you enable it.
        </p>
      )}
      <Button busy={busy} onClick={enable}>
        {state === 'disabled' ? 'Enable' : 'Try now'}
      </Button>
    </Note>
  )
}

const ENABLED = { disabled: 'Enabled. What was held back goes out now.', failing: 'It is tried now.' }

/** Why nothing is delivered yet, where its URL has to say first whose it is. */
export function ChallengeNote({ webhook, action: { busy, run }, onDone }: ActionsProps) {
  const { webhooks } = useApi()
  const { id, challenge } = webhook
  if (challenge === null || challenge.state === 'passed') return null
  const again = (): void => run(() => webhooks.challenge(id), onDone)
  return (
    <div class={`note ${challenge.state === 'failed' ? 'bad' : ''}`} role="status">
      <Icon name="alert" />
      <div>
        <p class="note-title">
          {challenge.state === 'failed' ? 'The URL did not answer its challenge' : 'The URL is being asked'}
        </p>
        <p>
          {challenge.error === null ? '' : `${challenge.error}. `}It has to answer with the{' '}
          <code>challenge</code> that it is sent. Nothing else is delivered before, and what happens is held
          back.
        </p>
        <Button busy={busy} onClick={again}>
          Ask again
        </Button>
      </div>
    </div>
  )
}
