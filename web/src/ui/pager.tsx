import { useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

/** Where one is in a list that is read page by page. */
export interface Place {
  /** The cursor of this page; undefined for the newest. */
  readonly cursor: string | undefined
  readonly isFirst: boolean
  readonly older: (next: string) => void
  readonly newer: () => void
}

export function usePlace(): Place {
  const [cursors, setCursors] = useState<readonly string[]>([])
  return {
    cursor: cursors.at(-1),
    isFirst: cursors.length === 0,
    older: next => setCursors([...cursors, next]),
    newer: () => setCursors(cursors.slice(0, -1)),
  }
}

interface PagerProps {
  readonly place: Place
  readonly next: string | null
}

/** Nothing where there is one page only. */
export function Pager({ place, next }: PagerProps) {
  if (place.isFirst && next === null) return null
  return (
    <nav class="pager" aria-label="Pages">
      {!place.isFirst && (
        <Button onClick={place.newer}>
          <Icon name="back" />
          Newer
        </Button>
      )}
      {next !== null && (
        <Button onClick={() => place.older(next)}>
          Older
          <Icon name="next" />
        </Button>
      )}
    </nav>
  )
}
