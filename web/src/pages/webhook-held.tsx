import { useState } from 'preact/hooks'
import type { Action } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { useToast } from '../ui/toast.tsx'

interface DropHeldProps {
  readonly id: string
  readonly action: Action
  readonly onDone: () => void
}

/** Cancels what a paused webhook is owed. Asks first. */
export function DropHeld({ id, action: { busy, run }, onDone }: DropHeldProps) {
  const { webhooks } = useApi()
  const say = useToast()
  const [asking, setAsking] = useState(false)
  const drop = (): void => {
    setAsking(false)
    run(
      () => webhooks.change(id, { held: 'drop' }),
      () => {
        say('Dropped. What happens from now on is held back.')
        onDone()
      },
    )
  }
  return (
    <>
      <Button busy={busy} onClick={() => setAsking(true)}>
        Drop held
      </Button>
      {asking && (
        <Confirm
          title="Drop what is held back?"
          action="Drop it"
          busy={busy}
          onClose={() => setAsking(false)}
          onConfirm={drop}
        >
          <p>All that this webhook is still owed is canceled. It stays paused. This cannot be undone.</p>
        </Confirm>
      )}
    </>
  )
}
