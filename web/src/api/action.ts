import { useState } from 'preact/hooks'
import type { Result } from './call.ts'
import type { Problem } from './types.ts'

/** Something that a button does. */
export interface Action {
  readonly busy: boolean
  /** What stood against it the last time. */
  readonly problem: Problem | undefined
  /** Does nothing while it is busy. `done` is told what came of it, unless that is a problem. */
  run<T>(send: () => Promise<Result<T>>, done: (value: T) => void): void
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const run = async <T>(send: () => Promise<Result<T>>, done: (value: T) => void): Promise<void> => {
    if (busy) return
    setBusy(true)
    setProblem(undefined)
    const result = await send()
    setBusy(false)
    if (result.ok) done(result.value)
    else setProblem(result.problem)
  }
  return { busy, problem, run: (send, done) => void run(send, done) }
}
