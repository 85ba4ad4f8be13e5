import { refuse } from './refusal.ts'

/**
 * The bodies that a process holds at once. The limit of one is no limit of a thousand: beyond `most` bytes the one that
 * grows is refused. So few bytes that every connection may have them are not counted: who sends little is served
 * whatever others send.
 *
 * Nobody's bodies may hold more than they leave free: half of all where one asks, a third each where two do. So there is
 * always room for one more, and whoever sends too much at once is refused alone. Only the one body of a process that is
 * empty else may be larger.
 */
export interface Bodies {
  /** @param by whose it is: an account, or an address. */
  begin(by: string): Holding
}

/** One of them. */
export interface Holding {
  /** @throws Refusal with 503 `unavailable` where there is no room for so many bytes more. */
  readonly take: (bytes: number) => void
  /** Gives back all that was taken, once. */
  readonly end: () => void
}

const UNCOUNTED_BYTES = 16 * 1024

export function createBodies(most: number): Bodies {
  let all = 0
  /** Of those who hold some. */
  const held = new Map<string, number>()
  const add = (by: string, bytes: number): void => {
    all += bytes
    const theirs = (held.get(by) ?? 0) + bytes
    if (theirs === 0) held.delete(by)
    else held.set(by, theirs)
  }
  return {
    begin(by) {
      let size = 0
      let counted = 0
      return {
        take(bytes) {
          size += bytes
          const more = size - UNCOUNTED_BYTES - counted
          if (more <= 0) return
          const free = most - all - more
          if (free < 0) refuseFor('The api is reading as much as it can at once.')
          const isAlone = all === counted
          if (!isAlone && (held.get(by) ?? 0) + more > free)
            refuseFor(
              'The api is reading as much of yours as it can at once. Send fewer large bodies at a time.',
            )
          add(by, more)
          counted += more
        },
        end() {
          if (counted > 0) add(by, -counted)
          counted = 0
          // What still comes of a body that was refused is thrown away as it comes.
          size = Number.NEGATIVE_INFINITY
        },
      }
    },
  }
}

const refuseFor = (detail: string): never =>
  refuse('unavailable', { detail, headers: { 'retry-after': '1' } })
