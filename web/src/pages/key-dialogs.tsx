import { useState } from 'preact/hooks'
import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import type { IssuedKey, Key } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { Segments } from '../ui/choice.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { ProblemNote } from '../ui/note.tsx'

interface DialogProps<T> {
  readonly of: Key
  readonly onClose: () => void
  readonly onDone: (made: T) => void
}

/** For how many seconds the old key is still taken. */
const OVERLAPS = [
  { value: '0', label: 'None' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
] as const

/** Replaces a key by one like it. */
export function Roll({ of, onClose, onDone }: DialogProps<IssuedKey>) {
  const api = useApi()
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]['value']>('86400')
  const { busy, problem, run } = useAction()
  return (
    <Dialog title={`Roll “${of.name}”`} onClose={onClose}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="dialog-text">
        <p>Makes a new key that may do the same. Give it to your programs while the old one still works.</p>
      </div>
      <Segments
        label="Overlap"
        options={OVERLAPS}
        value={overlap}
        onValue={setOverlap}
        about={
          overlap === '0'
            ? 'The old key is refused at once: right for one that leaked.'
            : 'For so long the old key is still taken.'
        }
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
