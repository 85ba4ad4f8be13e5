import { setTimeout as sleep } from 'node:timers/promises'

/** `booking`: a unit. `posting`: an operation. `order`: the application's own transaction. */
export type Kind = 'booking' | 'posting' | 'order'

/** A request that was answered as done. */
export interface Acknowledged {
  readonly kind: Kind
  readonly name: string
  /** Of the row, or of the operation; empty of an order. */
  readonly id: string
  /** By `performance.now`. */
  readonly at: number
}

export interface Load {
  readonly acknowledged: readonly Acknowledged[]
  /** Answers that no fault accounts for. */
  readonly unexpected: readonly string[]
  /** Ends when what is under way is answered. */
  stop(): Promise<void>
}

const KINDS: readonly Kind[] = ['booking', 'booking', 'posting', 'order']

export interface LoadOptions {
  readonly url: () => string
  readonly key: string
  /** Who write side by side. */
  readonly writers: number
  /** How long each rests between two writes. */
  readonly restMs: number
}

/** Writers, each as a careful caller is: again, with the same key, until an answer comes. */
export function startLoad({ url, key, writers, restMs }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = []
  const unexpected: string[] = []
  let over = false

  async function ask(kind: Kind, name: string): Promise<Response | undefined> {
    try {
      if (kind === 'order') return await fetch(`${url()}/orders`, { method: 'POST', body: name })
      return await fetch(`${url()}/v1/${kind}s`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'idempotency-key': name,
        },
        body: JSON.stringify({ name }),
      })
    } catch {
      return undefined
    }
  }
  async function write(kind: Kind, name: string): Promise<void> {
    for (;;) {
      const answer = await ask(kind, name)
      // The process may die while it answers.
      const body = (await answer?.json().catch(() => undefined)) as { id?: string; code?: string } | undefined
      if (answer !== undefined && body !== undefined && answer.status < 300) {
        acknowledged.push({ kind, name, id: body.id ?? '', at: performance.now() })
        return
      }
      // A server that slept has waited for the request longer than it does, though it was there: nothing was done (408).
      const again = answer === undefined || answer.status < 300 || [408, 503].includes(answer.status)
      if (!again && body?.code !== 'request-in-progress') unexpected.push(`${kind} ${name}: ${answer.status}`)
      await sleep(20)
    }
  }
  const all = Array.from({ length: writers }, async (_, writer) => {
    for (let n = 0; !over; n++) {
      await write(KINDS[(writer + n) % KINDS.length] ?? 'booking', `w${writer}-${n}`)
      await sleep(restMs)
    }
  })
  return {
    acknowledged,
    unexpected,
    async stop() {
      over = true
      await Promise.all(all)
    },
  }
}
