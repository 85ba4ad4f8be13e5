import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import { isDisconnected } from './failure.ts'

/** Connections that are made when they are first needed, and anew when they are lost. */
export interface Pool {
  /** A connection that nobody else has until it is given back; made where none is free and there may be more. */
  take(): Promise<Connection>
  give(connection: Connection): void
  /** One more than there may be, for who holds one that is lost. It is for the caller to close. */
  makeApart(): Promise<Connection>
  /** Waits until all are given back, and ends them. */
  close(): Promise<void>
}

/** @param most connections at once. */
export function createPool(options: ConnectionOptions, most: number): Pool {
  const free: Connection[] = []
  const waiting: PromiseWithResolvers<Connection>[] = []
  let made = 0
  let closing: PromiseWithResolvers<void> | undefined

  function supply(): void {
    const connection = free.pop()
    if (connection !== undefined) {
      if (!connection.isOpen) {
        made--
        supply()
        return
      }
      const taker = waiting.shift()
      if (taker !== undefined) taker.resolve(connection)
      else free.push(connection)
    }
    while (waiting.length > 0 && made < most) make()
    if (closing !== undefined && waiting.length === 0 && free.length === made) {
      const ends = free.splice(0).map(each => each.close().catch(() => undefined))
      made = 0
      void Promise.all(ends).then(() => closing?.resolve())
    }
  }
  function make(): void {
    made++
    const taker = waiting.shift()
    connect(options).then(
      connection => {
        connection.onLost = () => {
          const at = free.indexOf(connection)
          if (at === -1) return
          free.splice(at, 1)
          made--
        }
        if (taker === undefined) free.push(connection)
        else taker.resolve(connection)
      },
      (error: unknown) => {
        made--
        taker?.reject(error)
        // Where it is not the server that is away, all of them would fail alike.
        if (!isDisconnected(error)) for (const other of waiting.splice(0)) other.reject(error)
        supply()
      },
    )
  }
  return {
    take() {
      const taker = Promise.withResolvers<Connection>()
      waiting.push(taker)
      supply()
      return taker.promise
    },
    give(connection) {
      if (connection.isOpen) free.push(connection)
      else made--
      supply()
    },
    makeApart: () => connect(options),
    close() {
      closing ??= Promise.withResolvers<void>()
      supply()
      return closing.promise
    },
  }
}
