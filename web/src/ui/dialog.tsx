import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from './button.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** In front of the page until it is closed. The browser keeps the focus in it, and gives it back. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={ref} class="dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  )
}

interface ConfirmProps extends DialogProps {
  /** What the button says that does it. */
  readonly action: string
  readonly busy: boolean
  readonly onConfirm: () => void
}

/** Asks before what cannot be undone. */
export const Confirm = ({ action, busy, onConfirm, children, ...dialog }: ConfirmProps) => (
  <Dialog {...dialog}>
    <div class="dialog-text">{children}</div>
    <div class="dialog-actions">
      <Button onClick={dialog.onClose}>Cancel</Button>
      <Button kind="danger" busy={busy} onClick={onConfirm}>
        {action}
      </Button>
    </div>
  </Dialog>
)
