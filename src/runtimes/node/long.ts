import type { IncomingMessage } from 'node:http'

const long = new WeakSet<IncomingMessage>()

/** This request may take longer than Node's `requestTimeout` to arrive: whoever reads it looks whether it makes progress. */
export const allowLong = (incoming: IncomingMessage): void => void long.add(incoming)

export const mayTakeLong = (incoming: IncomingMessage): boolean => long.has(incoming)
