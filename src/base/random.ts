import { randomFillSync } from 'node:crypto'

/** Randomness as an argument, so that a test can fix it. */
export interface Random {
  /** `size` unpredictable bytes, fit for secrets. */
  bytes(size: number): Uint8Array
  /** A number in [0, 1), for jitter. Not fit for secrets. */
  fraction(): number
}

const POOL_BYTES = 4096
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES

export const systemRandom: Random = {
  bytes(size) {
    if (size > POOL_BYTES) return randomFillSync(new Uint8Array(size))
    // One call for many: asking the kernel per id costs more than the id's row in the database.
    if (used + size > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const taken = new Uint8Array(pool.subarray(used, used + size))
    pool.fill(0, used, used + size)
    used += size
    return taken
  },
  fraction: () => Math.random(),
}
