/** A worker's round. It answers how many milliseconds nothing will be due; 0 where there may be more to do now. */
export type Round = () => Promise<number>

/** Goes its rounds for as long as there is work, and sleeps until more is due. */
export interface Loop {
  /** There is new work: do not sleep. */
  wake(): void
  /** Takes no further round. Resolves when the running one has ended. */
  stop(): Promise<void>
}

/** Other processes write to the same queues without telling: look at least this often. */
const MAX_SLEEP_MS = 1_000
/** After a round that failed. The store may be gone for a while; asking it at full speed does not bring it back. */
const FAILED_SLEEP_MS = 500

export function startLoop(round: Round, failed: (error: unknown) => void, maxSleepMs = MAX_SLEEP_MS): Loop {
  let running = true
  let woken = false
  let rouse: (() => void) | undefined

  const sleep = async (ms: number): Promise<void> => {
    if (woken || !running) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    rouse = undefined
  }

  const run = async (): Promise<void> => {
    while (running) {
      // What is added from here on may be missed by this round, and is worth another.
      woken = false
      try {
        const idleMs = await round()
        if (idleMs > 0) await sleep(Math.min(idleMs, maxSleepMs))
      } catch (error) {
        if (!running) return
        failed(error)
        woken = false
        await sleep(FAILED_SLEEP_MS)
      }
    }
  }
  const ended = run()

  return {
    wake() {
      woken = true
      rouse?.()
    },
    stop() {
      running = false
      rouse?.()
      return ended
    },
  }
}
