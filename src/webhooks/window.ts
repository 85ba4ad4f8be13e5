import type { EventType } from '../contract/index.ts'
import { messageText } from '../http/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import type { EventFilter } from './feed.ts'
import { type Judge, judgeOf } from './match.ts'
import { eventJson } from './render.ts'

/** An event as streams send it. */
export const streamText = (event: StoredEvent): string =>
  messageText({ id: event.id, event: event.type, data: eventJson(event) })

/**
 * The latest events that somebody in this process follows, written once for all of them. Whoever is slower than the window
 * reads the store instead: nothing is queued for anybody.
 */
export interface Window {
  /** Up to here it has forgotten. */
  readonly since: number
  /** The position of its latest event; 0 where it has none. */
  readonly last: number
  /** @param type undefined where the api has no such type any more. */
  add(position: number, event: StoredEvent, type: EventType | undefined): void
  /** The text of what a filter wants from behind a position on, of about so many characters; and how far that goes. */
  take(
    filter: EventFilter,
    from: number,
    characters: number,
  ): { readonly text: string; readonly position: number }
  /** Forgets all, and what it has not seen up to here. */
  forget(position: number): void
}

interface Entry {
  readonly position: number
  readonly event: StoredEvent
  readonly text: string
  readonly judge: Judge
}

const MAX_ENTRIES = 1_000
const MAX_CHARACTERS = 4 * 2 ** 20

export function createWindow(): Window {
  let entries: Entry[] = []
  let characters = 0
  let since = 0
  const drop = (): void => {
    const half = Math.ceil(entries.length / 2)
    const dropped = entries.slice(0, half)
    since = dropped.at(-1)?.position ?? since
    entries = entries.slice(half)
    for (const { text } of dropped) characters -= text.length
  }
  return {
    get since() {
      return since
    },
    get last() {
      return entries.at(-1)?.position ?? 0
    },
    add(position, event, type) {
      const text = streamText(event)
      entries.push({ position, event, text, judge: judgeOf(event, type) })
      characters += text.length
      // By halves, so that each is moved about once.
      while (entries.length > MAX_ENTRIES || characters > MAX_CHARACTERS) drop()
    },
    take(filter, from, most) {
      let text = ''
      let position = from
      for (let i = firstBehind(entries, from); i < entries.length && text.length < most; i++) {
        const entry = entries[i] as Entry
        position = entry.position
        if (wants(filter, entry)) text += entry.text
      }
      return { text, position }
    },
    forget(position) {
      entries = []
      characters = 0
      since = position
    },
  }
}

const wants = ({ account, types, when }: EventFilter, { event, judge }: Entry): boolean =>
  (event.account === null || event.account === account) && types?.has(event.type) !== false && judge(when).met

/** The index of the first one whose position is greater. */
function firstBehind(entries: readonly Entry[], position: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle]?.position ?? 0) > position) high = middle
    else low = middle + 1
  }
  return low
}
