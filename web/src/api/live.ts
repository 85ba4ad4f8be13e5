import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Result } from './call.ts'
import type { Problem } from './types.ts'

/** How often what is shown is read again, while somebody looks. */
const AGAIN_MS = 2_000
/** The same, after a problem. */
const AFTER_PROBLEM_MS = 8_000

export interface Live<T> {
  /** The last that was read; undefined until then. */
  readonly value: T | undefined
  /** Of the last reading. A value that was read before stays. */
  readonly problem: Problem | undefined
  /** Reads again at once. */
  readonly refresh: () => void
}

interface State<T> {
  /** The value in JSON, by which a change is known. */
  readonly text?: string
  readonly value?: T
  readonly problem?: Problem
}

/**
 * Reads again and again while the tab is visible, and has the page drawn anew only when something has changed. `of` says
 * what is read: where it becomes another, as on the next page of a list, what was there stays until that has been read.
 */
export function useLive<T>(of: string, read: () => Promise<Result<T>>): Live<T> {
  const [state, setState] = useState<State<T>>({})
  const latest = useRef(read)
  latest.current = read
  const again = useRef<() => void>(() => undefined)

  useEffect(() => {
    let timer = 0
    let ended = false
    // Of two readings under way the later one counts.
    let turn = 0
    const look = async (): Promise<void> => {
      clearTimeout(timer)
      turn += 1
      const mine = turn
      const result = await latest.current()
      if (ended || mine !== turn) return
      setState(before => merge(before, result))
      if (isOver(result) || document.visibilityState !== 'visible') return
      timer = window.setTimeout(again.current, result.ok ? AGAIN_MS : AFTER_PROBLEM_MS)
    }
    again.current = () => void look()
    const seen = (): void => {
      if (document.visibilityState === 'visible') again.current()
      else clearTimeout(timer)
    }
    document.addEventListener('visibilitychange', seen)
    again.current()
    return () => {
      ended = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [of])

  const refresh = useCallback(() => again.current(), [])
  return { value: state.value, problem: state.problem, refresh }
}

/** Nothing will come of asking again. */
const isOver = (result: Result<unknown>): boolean =>
  !result.ok && (result.problem.status === 404 || result.problem.status === 401)

/** The same state where nothing has changed, so that nothing is drawn. */
function merge<T>(before: State<T>, result: Result<T>): State<T> {
  if (!result.ok) {
    const { code, detail } = result.problem
    const isSame = before.problem?.code === code && before.problem.detail === detail
    return isSame ? before : { ...before, problem: result.problem }
  }
  const text = JSON.stringify(result.value)
  return before.text === text && before.problem === undefined ? before : { text, value: result.value }
}
