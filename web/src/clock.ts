import { useEffect, useState } from 'preact/hooks'

/** The only place that reads the clock. */
const now = (): number => Date.now()

/** The time in Unix milliseconds, in whole steps of `stepMs`: what uses it is drawn anew once a step. */
export function useNow(stepMs: number): number {
  const read = (): number => Math.floor(now() / stepMs) * stepMs
  const [time, setTime] = useState(read)
  useEffect(() => {
    const timer = setInterval(() => setTime(read), stepMs)
    return () => clearInterval(timer)
  }, [stepMs])
  return time
}
