/**
 * Puts things off until the end of the event loop's turn, when all that has arrived has been read, and does them in their order.
 *
 * An answer that is written as soon as it is made finds its reader asleep, and waking it costs more than making the answer. Of those
 * that are written one after another the first does.
 */
export function createEndOfTurn(): (act: () => void) => void {
  let waiting: (() => void)[] = []
  function all(): void {
    const acts = waiting
    waiting = []
    for (const act of acts) act()
  }
  return act => {
    if (waiting.push(act) === 1) setImmediate(all)
  }
}
