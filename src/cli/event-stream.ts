import { setTimeout } from 'node:timers/promises'
import { type Client, refusalOf } from './client.ts'
import { CliFailure, Unreachable } from './failure.ts'

// Reads text/event-stream (WHATWG HTML §9.2.6), and comes back when it ends, behind the last event that was handled.

export interface StreamEvent {
  readonly id: string
  readonly type: string
  readonly data: string
}

interface Following {
  readonly client: Client
  /** With its query. */
  readonly path: string
  /** Begins behind this event; undefined: with what happens from now on. */
  readonly from: string | undefined
  readonly signal: AbortSignal
  /** Told when it is connected, and why it no longer is. */
  readonly told: (state: 'connected' | { readonly lost: string }) => void
}

/** A server sends something every 15 seconds. */
const SILENCE_MS = 60_000
const LONGEST_WAIT_MS = 15_000

/** Events as they come. It ends when it is told to, and fails where coming back would not help. */
export async function* follow({ client, path, from, signal, told }: Following): AsyncGenerator<StreamEvent> {
  let lastId = from
  let retryMs = 1_000
  let lost = 0
  let hasConnected = false
  while (!signal.aborted) {
    const silence = new AbortController()
    const timer = globalThis.setTimeout(
      () => silence.abort(new Error('nothing came for a minute')),
      SILENCE_MS,
    )
    try {
      const answer = await client.open('GET', path, {
        headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
        signal: AbortSignal.any([signal, silence.signal]),
      })
      if (!answer.ok) throw await refused(answer)
      told('connected')
      hasConnected = true
      lost = 0
      for await (const message of messagesIn(answer, () => timer.refresh())) {
        if (message.retryMs !== undefined) retryMs = message.retryMs
        if (message.data !== '') yield { id: message.id ?? '', type: message.type, data: message.data }
        if (message.id !== undefined) lastId = message.id
      }
      told({ lost: 'the stream ended' })
    } catch (error) {
      if (signal.aborted) return
      // Where nobody ever answered, the address is wrong; where somebody did, the server is being started anew.
      const mayPass = !(error instanceof CliFailure) || (error instanceof Unreachable && hasConnected)
      if (!mayPass) throw error
      told({ lost: error instanceof Error ? error.message : String(error) })
    } finally {
      clearTimeout(timer)
    }
    const wait = Math.min(retryMs * 2 ** lost++, LONGEST_WAIT_MS)
    await setTimeout(wait, undefined, { signal }).catch(() => undefined)
  }
}

/** A CliFailure where coming back would get the same answer. */
async function refused(answer: Response): Promise<Error> {
  const refusal = await refusalOf(answer)
  const mayPass = answer.status === 429 || answer.status >= 500
  return mayPass ? new Error(refusal.message) : refusal
}

interface Message {
  readonly id: string | undefined
  readonly type: string
  readonly data: string
  readonly retryMs: number | undefined
}

/** More than a server sends of one event. */
const LONGEST_MESSAGE = 64 * 2 ** 20

async function* messagesIn({ body }: Response, heard: () => void): AsyncGenerator<Message> {
  if (body === null) return
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    heard()
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LONGEST_MESSAGE) throw new Error('an event was longer than 64 MiB')
    let end = text.indexOf('\n\n')
    while (end !== -1) {
      yield messageOf(text.slice(0, end))
      text = text.slice(end + 2)
      end = text.indexOf('\n\n')
    }
  }
}

function messageOf(text: string): Message {
  const fields = text.split('\n').flatMap(line => {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? []
    return name === '' ? [] : [{ name, value }]
  })
  const last = (wanted: string): string | undefined => fields.findLast(({ name }) => name === wanted)?.value
  const data = fields.filter(({ name }) => name === 'data').map(({ value }) => value)
  const retry = last('retry')
  return {
    id: last('id'),
    type: last('event') ?? 'message',
    data: data.join('\n'),
    retryMs: retry === undefined ? undefined : Number(retry),
  }
}
