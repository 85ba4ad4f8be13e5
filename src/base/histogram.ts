/** How many values were how great. Plain numbers: recording one takes nanoseconds and makes no garbage. */
export interface Histogram {
  /** The greatest value of each bucket, ascending. What is greater counts in one bucket more. */
  readonly bounds: readonly number[]
  /** Values in each bucket; one longer than `bounds`. */
  readonly counts: readonly number[]
  /** Of all values. */
  readonly sum: number
  record(value: number): void
  /** Told of each value as well. */
  listener: ((value: number) => void) | undefined
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  return {
    bounds,
    counts,
    get sum() {
      return sum
    },
    listener: undefined,
    record(value) {
      let at = 0
      while (at < bounds.length && value > (bounds[at] ?? 0)) at++
      counts[at] = (counts[at] ?? 0) + 1
      sum += value
      this.listener?.(value)
    },
  }
}
