import { useState } from 'preact/hooks'
import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import type { IssuedKey, Key } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { type Overlap, OverlapField } from './overlap.tsx'

interface DialogProps<T> {
  readonly of: Key
  readonly onClose: () => void
  readonly onDone: (made: T) => void
}

/** Replaces a key by one like it. */
export function Roll({ of, onClose, onDone }: DialogProps<IssuedKey>) {
  const api = useApi()
  const [overlap, setOverlap] = useState<Overlap>('86400')
  const { busy, problem, run } = useAction()
  return (
    <Dialog title={`Roll “${of.name}”`} onClose={onClose}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="dialog-text">
        <p>Makes a new key that may do the same. Give it to your programs while the old one still works.</p>
      </div>
      <OverlapField
        value={overlap}
        onValue={setOverlap}
        none="The old key is refused at once: right for one that leaked."
        some="For so long the old key is still taken."
      />
      <div class="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          busy={busy}
          onClick={() => run(() => api.keys.roll(of.id, Number(overlap)), onDone)}
        >
          Roll key
        </Button>
      </div>
    </Dialog>
  )
}

export function Revoke({ of, onClose, onDone }: DialogProps<undefined>) {
  const api = useApi()
  const { busy, problem, run } = useAction()
  return (
    <Confirm
      title={`Revoke “${of.name}”?`}
      action="Revoke key"
      busy={busy}
      onClose={onClose}
      onConfirm={() => run(() => api.keys.revoke(of.id), onDone)}
    >
      {problem !== undefined && <ProblemNote problem={problem} />}
      <p>From the next request on, whatever uses it is refused. This cannot be undone.</p>
    </Confirm>
  )
}
