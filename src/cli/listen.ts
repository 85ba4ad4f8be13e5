import { systemClock, systemRandom } from '../base/index.ts'
import { newSecret, sign } from '../webhooks/index.ts'
import { type Client, reasonOf } from './client.ts'
import { follow, type StreamEvent } from './event-stream.ts'
import { Misuse } from './failure.ts'
import { note, print, printJson } from './terminal.ts'

export interface ListenOptions {
  readonly client: Client
  /** `localhost:3000/hooks` */
  readonly forwardTo: string
  /** `article.*,comment.created` */
  readonly events: string | undefined
  readonly when: string | undefined
  /** Begins behind this event. */
  readonly from: string | undefined
  /** Default: a new one, which is printed. */
  readonly secret: string | undefined
  readonly json: boolean
  readonly signal: AbortSignal
}

/** As long as a webhook's receiver may take. */
const ATTEMPT_MS = 20_000

/** Forwards the account's events to a receiver on this machine, as webhooks are sent, one after the other. */
export async function listen(options: ListenOptions): Promise<void> {
  const { client, events, when, from, json, signal } = options
  const url = receiverOf(options.forwardTo)
  const secret = options.secret ?? newSecret(systemRandom)
  // Said first: the receiver needs it before anything comes.
  if (json) printJson({ secret, forward_to: url })
  else print(`Signing secret: ${secret}\nForwarding to:  ${url}`)
  const query = new URLSearchParams({
    ...(events !== undefined && { type: events }),
    ...(when !== undefined && { when }),
  })
  const stream = follow({
    client,
    path: `/events${query.size === 0 ? '' : `?${query.toString()}`}`,
    from,
    signal,
    told: state => {
      if (state !== 'connected') note(`Lost the stream (${state.lost}); coming back.`)
      else note('Listening. Ctrl-C ends it.')
    },
  })
  for await (const event of stream) {
    const forwarded = await forward(url, secret, event)
    if (json) printJson({ id: event.id, type: event.type, ...forwarded })
    else
      print(
        `${event.type}  ${event.id}  ${forwarded.status ?? forwarded.error} in ${forwarded.duration_ms} ms`,
      )
  }
}

/** What became of it: a status, or why there is none. */
interface Forwarded {
  readonly status: number | null
  readonly error: string | null
  readonly duration_ms: number
}

async function forward(url: string, secret: string, { id, data }: StreamEvent): Promise<Forwarded> {
  const body = Buffer.from(data)
  const at = Math.floor(systemClock.now() / 1000)
  const { headers } = sign('standard', { secret, previous: null, id, at, url, body, isForm: false })
  const began = systemClock.elapsed()
  const took = (): number => Math.round(systemClock.elapsed() - began)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'signalbox-cli', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ATTEMPT_MS),
    })
    await answer.body?.cancel()
    return { status: answer.status, error: null, duration_ms: took() }
  } catch (error) {
    return { status: null, error: reasonOf(error), duration_ms: took() }
  }
}

/** @throws CliFailure where it is no place to send to. */
function receiverOf(given: string): string {
  const url = /^https?:\/\//.test(given) ? given : `http://${given}`
  if (URL.canParse(url)) return new URL(url).href
  throw new Misuse(`'${given}' is not an address to forward to. Write it like localhost:3000/hooks`)
}
