import { setTimeout } from 'node:timers/promises'
import type { Client } from './client.ts'
import { print, printJson } from './terminal.ts'

export interface Delivery {
  readonly id: string
  readonly webhook_id: string
  readonly event_id: string
  readonly event_type: string
  readonly state: string
  readonly attempt_count: number
  readonly created_at: string
  readonly settled_at: string | null
  readonly next_attempt_at: string | null
}

interface Attempt {
  readonly number: number
  readonly started_at: string
  readonly duration_ms: number
  readonly outcome: string
  readonly status: number | null
  readonly method: string
  readonly url: string
  readonly response_body: string | null
  readonly error: string | null
}

interface DeliveryWithAttempts extends Delivery {
  readonly body: string | null
  readonly attempts: readonly Attempt[]
}

interface Page {
  readonly data: readonly Delivery[]
  readonly next: string | null
}

export interface Output {
  readonly client: Client
  readonly json: boolean
}

export interface TailOptions extends Output {
  /** Undefined: of all the account's. */
  readonly webhook: string | undefined
  /** How many of the past come first. */
  readonly lines: number
  /** Whether it ends after those. */
  readonly once: boolean
  readonly signal: AbortSignal
}

const LOOK_MS = 1_000
/** Deliveries that are looked at again: those before them are settled, or were told of. */
const LOOKED_AT = 100
/** Those whose state is remembered. */
const REMEMBERED = 5_000

/** The latest deliveries, and then each whenever it is new or an attempt has changed it. */
export async function tail(options: TailOptions): Promise<void> {
  const { lines, once, signal } = options
  const known = new Map<string, string>()
  let newest: string | undefined
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const read = await latest(options, isFirst ? lines : LOOKED_AT, isFirst ? undefined : newest)
    for (const delivery of read.toReversed()) {
      const state = `${delivery.state} ${delivery.attempt_count}`
      if (known.get(delivery.id) === state) continue
      // What is older than all that was shown is not news.
      if (!known.has(delivery.id) && newest !== undefined && delivery.id < newest) continue
      known.set(delivery.id, state)
      show(delivery, options)
    }
    newest = read[0]?.id ?? newest ?? ''
    for (const id of [...known.keys()].slice(0, Math.max(0, known.size - REMEMBERED))) known.delete(id)
    if (once) return
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** Newest first: so many, and as many more as are newer than `newest`. */
async function latest({ client, webhook, signal }: TailOptions, least: number, newest: string | undefined) {
  const path = webhook === undefined ? '/deliveries' : `/webhooks/${encodeURIComponent(webhook)}/deliveries`
  const read: Delivery[] = []
  let cursor: string | null = null
  do {
    const limit = Math.min(100, Math.max(1, least))
    const query: URLSearchParams = new URLSearchParams({
      limit: String(limit),
      ...(cursor !== null && { cursor }),
    })
    const page: Page = await client.call<Page>('GET', `${path}?${query.toString()}`, { signal })
    read.push(...page.data)
    cursor = page.next
  } while (
    cursor !== null &&
    (read.length < least || (newest !== undefined && newest !== '' && (read.at(-1)?.id ?? '') > newest))
  )
  return newest === undefined ? read.slice(0, least) : read
}

function show(delivery: Delivery, { json }: Pick<Output, 'json'>): void {
  if (json) {
    printJson(delivery)
    return
  }
  const { created_at, state, event_type, id, attempt_count, webhook_id, next_attempt_at } = delivery
  const next = state === 'pending' && next_attempt_at !== null ? `  next at ${next_attempt_at}` : ''
  print(
    `${created_at}  ${state.padEnd(9)}  ${event_type}  ${id}  attempts: ${attempt_count}  ${webhook_id}${next}`,
  )
}

/** One delivery with what was sent and what came back. */
export async function showDelivery(id: string, { client, json }: Output): Promise<void> {
  const delivery = await client.call<DeliveryWithAttempts>('GET', `/deliveries/${encodeURIComponent(id)}`)
  if (json) return printJson(delivery)
  show(delivery, { json })
  print(`event      ${delivery.event_id}`)
  print(`body       ${delivery.body ?? '(none)'}`)
  for (const {
    number,
    started_at,
    duration_ms,
    outcome,
    status,
    method,
    url,
    response_body,
    error,
  } of delivery.attempts) {
    print(
      `\nattempt ${number}  ${started_at}  ${outcome}${status === null ? '' : ` ${status}`} in ${duration_ms} ms`,
    )
    print(`  ${method} ${url}`)
    if (error !== null) print(`  ${error}`)
    if (response_body !== null && response_body !== '') print(`  ${response_body.replaceAll('\n', '\n  ')}`)
  }
}

/** Sends each again now. */
export async function retry(ids: readonly string[], { client, json }: Output): Promise<void> {
  for (const id of ids) {
    show(await client.call<Delivery>('POST', `/deliveries/${encodeURIComponent(id)}/retry`), { json })
  }
}
