import type { OwnConnection, SyncTx } from '../store/index.ts'

/** How often what was recorded is looked for until the application commits, of which nobody is told. As watched tables are. */
const LOOK_MS = 5

/** Follows transactions of connections that answer at once: looks in the next turn, in which most have committed, and on. */
export function followSync(look: () => void): (connection: OwnConnection, own: SyncTx) => void {
  const followed = new Set<OwnConnection>()
  return (connection, own) => {
    if (followed.has(connection)) return
    followed.add(connection)
    const again = (): void => {
      const goesOn = own.isOpen
      // Also while it goes on: it may be the next one.
      look()
      if (goesOn) setTimeout(again, LOOK_MS).unref()
      else followed.delete(connection)
    }
    setImmediate(again)
  }
}
