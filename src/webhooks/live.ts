import type { Clock, Random } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import { beginStream, HEARTBEAT } from '../http/index.ts'
import type { Store } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { fail } from '../unit/index.ts'
import { type Loop, startLoop } from '../work/index.ts'
import { type EventQuery, filterOf } from './event-query.ts'
import { latestPlace, placeOf, readEvent, readFeed } from './feed.ts'
import { createFollowers, type Follower, rouse } from './follower.ts'
import type { Numbering } from './number.ts'
import { createWindow, streamText } from './window.ts'

// Streams of events. One loop reads what is new, for all streams of the process, and keeps the latest of it in a window.
// A stream is a position: whoever is at the end of the window waits; whoever is behind its beginning reads the store by
// itself until it has caught up. So a slow reader costs what its connection holds, and nothing is passed over.

export interface LiveOptions {
  readonly store: Store
  readonly numbering: Numbering
  readonly eventTypes: ReadonlyMap<string, EventType>
  readonly limits: StreamLimits
  readonly clock: Clock
  readonly random: Random
  readonly failed: Failed
}

/** How many streams may be open in this process. */
export interface StreamLimits {
  readonly streams: number
  readonly accountStreams: number
}

/** Who asks for a stream, and for what. */
export interface StreamRequest {
  readonly account: string
  readonly query: EventQuery
  /** What the client has seen last: goes before the cursor of the query, which a client that comes back sends again. */
  readonly lastEventId: string | undefined
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
  /** Asked every few seconds whether the caller may still read events. */
  readonly isAllowed: () => Promise<boolean>
}

/** The streams of a process. */
export interface Live {
  /** Opens a stream, in pieces of text/event-stream. It fails as `GET /events` declares. */
  open(request: StreamRequest): Promise<AsyncIterable<string>>
  /** Resolves when the log has all that was committed before; undefined where it always has. */
  settle(): Promise<void> | undefined
  /** Something was committed. */
  wake(): void
  /** Ends all streams at once: their clients come back, and have missed nothing. */
  close(): Promise<void>
}

/** New events that are looked at together. */
const BATCH = 256
/** Characters of a piece, an event more or less: a slow reader's connection holds one, and what the system buffers. */
const PIECE = 64 * 1024
const PAGE = { events: 100, characters: PIECE }

const HEARTBEAT_MS = 15_000
const SWEEP_MS = 1_000
const CHECK_MS = 3_000
/** Whoever could not be confirmed for so long, since the store is gone, say, is not sent to any more. */
const CONFIRMED_MS = 60_000
/** A stream that is opened and not read is given up. */
const BEGIN_MS = 10_000
/** Clients come back after this long, up to twice: of different length, so that they do not all come at once. */
const RETRY_MS = 1_000

const LAST = 'select max(position) as last from signalbox_events'
const NEW = `select position, account_id, type from signalbox_events
  where position > $1 and test = 0 order by position limit ${BATCH}`

export function createLive(options: LiveOptions): Live {
  const { store, numbering, eventTypes, limits, clock, random, failed } = options
  const followers = createFollowers()
  const window = createWindow()
  /** Up to here new events were looked for, */
  let head = 0
  /** and up to here those that are followed are in the window. */
  let published = 0
  let sweptAt = 0
  let closed = false
  let loop: Loop | undefined

  async function round(): Promise<number> {
    if (followers.size === 0) return Number.POSITIVE_INFINITY
    const found = await readNew()
    sweep()
    return found ? 0 : SWEEP_MS
  }

  /** Who opens a stream while this reads begins behind `head`, and so finds in the store what is not kept for it here. */
  async function readNew(): Promise<boolean> {
    await numbering.all()
    const from = head
    const heads = await store.peek.all(NEW, from)
    const last = Number(heads.at(-1)?.['position'] ?? from)
    // Meanwhile the last one left, and somebody came.
    if (head !== from || last === from) return false
    head = last
    const followed = heads.flatMap(({ position, account_id, type }) => {
      const account = account_id === null ? null : String(account_id)
      const wanting = [...followers.concerned(account)].filter(
        f => f.filter.types?.has(String(type)) !== false,
      )
      return wanting.length === 0 ? [] : [{ position: Number(position), wanting }]
    })
    try {
      for (const { position, wanting } of followed) await publish(position, wanting)
    } catch (error) {
      window.forget(head)
      for (const follower of followers.all()) rouse(follower)
      throw error
    }
    published = head
    return true
  }

  async function publish(position: number, wanting: readonly Follower[]): Promise<void> {
    const event = await readEvent(store.read, position)
    if (event === undefined) return
    window.add(position, event, eventTypes.get(event.type))
    for (const follower of wanting) {
      // Whoever waits wanted nothing of what was before.
      if (follower.rouse !== undefined) follower.position = Math.max(follower.position, position - 1)
      rouse(follower)
    }
  }

  function sweep(): void {
    const now = clock.elapsed()
    if (now - sweptAt < SWEEP_MS) return
    sweptAt = now
    for (const follower of followers.all()) {
      if (now - follower.allowedAt >= CONFIRMED_MS) end(follower)
      else if (!follower.hasBegun && now - follower.openedAt >= BEGIN_MS) end(follower)
      else if (now - follower.allowedAt >= CHECK_MS) void check(follower)
      if (follower.rouse !== undefined && now - follower.sentAt >= HEARTBEAT_MS) {
        follower.position = Math.max(follower.position, published)
        rouse(follower)
      }
    }
  }

  async function check(follower: Follower): Promise<void> {
    if (follower.isBeingChecked) return
    follower.isBeingChecked = true
    try {
      if (await follower.isAllowed()) follower.allowedAt = clock.elapsed()
      else end(follower)
    } catch (error) {
      failed(error, 'streams of events')
    }
    follower.isBeingChecked = false
  }

  function end(follower: Follower): void {
    follower.hasEnded = true
    followers.remove(follower)
    rouse(follower)
  }

  async function* send(follower: Follower, id: string): AsyncGenerator<string> {
    follower.hasBegun = true
    try {
      yield beginStream(Math.round(RETRY_MS * (1 + random.fraction())), id)
      while (!follower.hasEnded) {
        const text = isBehind(follower) ? await catchUp(follower) : take(follower)
        if (text === '') await wait(follower)
        const now = clock.elapsed()
        if (text === '' && now - follower.sentAt < HEARTBEAT_MS) continue
        follower.sentAt = now
        yield text === '' ? HEARTBEAT : text
      }
    } catch (error) {
      failed(error, 'streams of events')
      throw error
    } finally {
      end(follower)
    }
  }

  const isBehind = ({ position, since }: Follower): boolean => position < Math.max(since, window.since)

  /** What is in the window for it; empty where it has all. */
  function take(follower: Follower): string {
    const { text, position } = window.take(follower.filter, follower.position, PIECE)
    follower.position = position
    return text
  }

  /** What is in the store behind it. A heartbeat where it wants nothing of that, and there is more. */
  async function catchUp(follower: Follower): Promise<string> {
    // The read sees all that was seen before it.
    const seen = head
    const { position, filter } = follower
    const { events, last, more } = await readFeed(store.read, filter, { from: position, order: 'asc' }, PAGE)
    const reached = last?.position ?? position
    follower.position = more ? reached : Math.max(reached, seen)
    return events.length === 0 && more ? HEARTBEAT : events.map(streamText).join('')
  }

  /** Until there is something to do. One that has just caught up looks into the window first. */
  function wait(follower: Follower): Promise<void> | undefined {
    if (follower.hasEnded || window.last > follower.position || isBehind(follower)) return undefined
    return new Promise(resolve => {
      follower.rouse = resolve
    })
  }

  async function open({ account, query, lastEventId, signal, isAllowed }: StreamRequest) {
    await numbering.all()
    const last = Number((await store.peek.get(LAST))?.['last'] ?? 0)
    const cursor = lastEventId || query.cursor
    const from = await (cursor === undefined
      ? latestPlace(store.read, account)
      : placeOf(store.read, account, cursor))
    if (typeof from === 'string') return fail(from)
    if (closed || followers.size >= limits.streams) return fail('unavailable')
    if (followers.ofAccount(account) >= limits.accountStreams) {
      return fail('too-many-streams', `An account may have ${limits.accountStreams} streams at once.`)
    }
    // Nobody followed what came between.
    if (followers.size === 0 && last > head) {
      head = last
      window.forget(last)
    }
    const now = clock.elapsed()
    const follower: Follower = {
      filter: filterOf(query, account, eventTypes),
      isAllowed,
      position: from.position,
      since: head,
      openedAt: now,
      sentAt: now,
      allowedAt: now,
      isBeingChecked: false,
      hasBegun: false,
      hasEnded: false,
      rouse: undefined,
    }
    followers.add(follower)
    signal.addEventListener('abort', () => end(follower), { once: true })
    loop ??= startLoop(round, error => failed(error, 'streams of events'), SWEEP_MS)
    return send(follower, from.id)
  }

  return {
    open,
    settle: () => numbering.all(),
    wake() {
      if (followers.size > 0) loop?.wake()
    },
    async close() {
      closed = true
      for (const follower of followers.all()) end(follower)
      await loop?.stop()
    },
  }
}
