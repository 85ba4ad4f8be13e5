import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../base/index.ts'

const RECONNECT_MS = 50

/** Until a lost connection is made anew; of varying length, so that those who lost theirs together do not all come at once. */
export const beforeReconnecting = (random: Random): Promise<void> =>
  sleep(RECONNECT_MS * (0.5 + random.fraction()))
