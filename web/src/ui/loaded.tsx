import type { ComponentChildren } from 'preact'
import type { Live } from '../api/live.ts'
import { ProblemNote } from './note.tsx'

interface LoadedProps<T> {
  readonly live: Live<T>
  /** In the place of what is not there yet, or not there at all: the page's head. */
  readonly until?: ComponentChildren
  readonly children: (value: T) => ComponentChildren
}

/** What was read, once it is there; a problem above what was read before it. */
export const Loaded = <T,>({ live, until, children }: LoadedProps<T>) => (
  <>
    {live.value === undefined && until}
    {live.problem !== undefined && <ProblemNote problem={live.problem} />}
    {live.value === undefined
      ? live.problem === undefined && <div class="loading" aria-busy="true" />
      : children(live.value)}
  </>
)
