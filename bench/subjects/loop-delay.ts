import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 1

/**
 * Watches the delay of this process's event loop. Each SIGUSR2 prints `LOOP` with the number of the signal and, as JSON,
 * what was seen since the one before, in milliseconds.
 */
export function tellLoopDelay(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let asked = 0
  process.on('SIGUSR2', () => {
    const ms = (percentile: number): number => delay.percentile(percentile) / 1e6
    console.log(`LOOP ${++asked} ${JSON.stringify({ p50: ms(50), p99: ms(99) })}`)
    delay.reset()
  })
  delay.enable()
}
