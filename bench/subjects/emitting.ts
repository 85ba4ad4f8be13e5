/** Records an event; it is on disk once this resolves. `at` is the event's number. */
type Record = (at: number) => Promise<void>

/** Who record at once. */
const RECORDERS = 256
const WARM_UP_SECONDS = 3

/**
 * Records events for `SECONDS` after a warm-up, and prints how many there were in a second.
 *
 * @param owed how many events are on record and still owed to the webhook, as another connection sees it.
 */
export async function runEmitting(record: Record, owed: () => number): Promise<void> {
  let next = 0
  /** Answers how many there were in a second. */
  const recordFor = async (seconds: number): Promise<number> => {
    const [from, began] = [next, performance.now()]
    const recorder = async (): Promise<void> => {
      while (performance.now() - began < seconds * 1000) await record(next++)
    }
    await Promise.all(Array.from({ length: RECORDERS }, recorder))
    return ((next - from) / (performance.now() - began)) * 1000
  }
  await recordFor(WARM_UP_SECONDS)
  const perSecond = await recordFor(Number(process.env['SECONDS']))
  if (owed() !== next) throw new Error(`of ${next} events ${owed()} are on record and owed to the webhook`)
  console.log(`DONE ${JSON.stringify({ perSecond })}`)
}
