import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface FoldProps {
  readonly title: string
  /** Whether there is something in it already. */
  readonly says: boolean
  /** Whether something in it is to be mended: then it is open. */
  readonly isWrong: boolean
  readonly children: ComponentChildren
}

/** Fields that few need: folded away until somebody wants them. */
export function Fold({ title, says, isWrong, children }: FoldProps) {
  const [open, setOpen] = useState(says)
  return (
    <details class="more" open={open || isWrong} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="attempt-mark">
          <Icon name="next" />
        </span>
        {title}
      </summary>
      <div class="more-fields">{children}</div>
    </details>
  )
}
