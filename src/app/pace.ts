import type { Clock } from '../base/index.ts'
import { problem } from '../http/index.ts'
import { Refusal } from './refusal.ts'

/** What a caller that sends a file must come to, on the average. A modem does four times as much. */
const BYTES_PER_SECOND = 1024

/**
 * A body that takes its time, for as long as it makes progress: each 1,024 bytes buy a second. The patience is what there is
 * to begin with, and what can be saved up. Only waiting for the caller counts, not what is done with the bytes.
 *
 * @throws Refusal with 408 `request-timeout` once the patience is spent.
 */
export async function* paced(
  body: AsyncIterable<Uint8Array>,
  clock: Clock,
  patienceMs: number,
): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  let left = patienceMs
  for (;;) {
    const since = clock.elapsed()
    const next = await within(left, pieces.next())
    left -= clock.elapsed() - since
    if (next.done === true) return
    left = Math.min(patienceMs, left + (next.value.byteLength / BYTES_PER_SECOND) * 1000)
    yield next.value
  }
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow()), Math.max(0, ms))
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const tooSlow = (): Refusal =>
  new Refusal(problem('request-timeout', { detail: 'Less than 1 KiB of the body came in a second.' }))
