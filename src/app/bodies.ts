import { refuse } from './refusal.ts'

/**
 * The bodies that a process holds at once. The limit of one is no limit of a thousand: beyond `most` bytes the one that
 * grows is refused. So few bytes that every connection may have them are not counted: who sends little is served
 * whatever others send.
 */
export interface Bodies {
  begin(): Holding
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
  return {
    begin() {
      let size = 0
      let counted = 0
      return {
        take(bytes) {
          size += bytes
          const more = Math.max(0, size - UNCOUNTED_BYTES) - counted
          if (more > 0 && all + more > most) {
            refuse('unavailable', {
              detail: 'The api is reading as much as it can at once.',
              headers: { 'retry-after': '1' },
            })
          }
          all += more
          counted += more
        },
        end() {
          all -= counted
          counted = 0
          // What still comes of a body that was refused is thrown away as it comes.
          size = Number.NEGATIVE_INFINITY
        },
      }
    },
  }
}
