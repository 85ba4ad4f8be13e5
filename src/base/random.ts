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
    const taken = new Uint8Array(size)
    // Most take ten: views of the pool would cost more than its bytes.
    for (let i = 0; i < size; i++) {
      taken[i] = pool[used] ?? 0
      pool[used++] = 0
    }
    return taken
  },
  fraction: () => Math.random(),
}
