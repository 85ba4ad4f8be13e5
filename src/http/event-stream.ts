// What is sent as text/event-stream (WHATWG HTML §9.2.5). A line that has none of the names below is ignored by clients, and
// an empty one ends a message.

/** A message as its reader gets it. */
export interface StreamMessage {
  /** What a client that comes back sends as `Last-Event-ID`. One line. */
  readonly id: string
  /** What listeners are registered for. One line. */
  readonly event: string
  /** Any text. Its lines end in LF at the reader, whatever they ended in here. */
  readonly data: string
}

export const messageText = ({ id, event, data }: StreamMessage): string =>
  `id: ${id}\nevent: ${event}\n${dataLines(data)}\n\n`

const dataLines = (data: string): string =>
  data
    .split(/\r\n|\r|\n/)
    .map(line => `data: ${line}`)
    .join('\n')

/**
 * How a stream begins: after how many milliseconds to come back when it ends, and where it begins. An id without data is
 * remembered by the client, and no message to its listeners.
 */
export const beginStream = (retryMs: number, id: string): string => `retry: ${retryMs}\nid: ${id}\n\n`

/** A comment: keeps what lies between from taking the connection for a dead one. */
export const HEARTBEAT = ':\n\n'
