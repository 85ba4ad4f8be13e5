import type { Identified } from '../access/index.ts'
import { type Caller, missingScope } from '../contract/index.ts'
import { EVENT_STREAM_TYPE } from '../http/index.ts'
import type { EventQuery, Live } from '../webhooks/index.ts'
import { NO_STORE } from './answers.ts'
import type { CompiledRoute } from './compile.ts'
import type { Answer, Request } from './exchange.ts'

/** A request for a list that goes on. */
export interface Following {
  readonly request: Request
  readonly matched: CompiledRoute
  readonly caller: Caller
  readonly input: unknown
  readonly authenticate: (request: Request) => Identified | Promise<Identified>
}

/** What is committed from here on, sent as it comes. It ends where the caller could not ask for it any more. */
export async function follow(
  live: Live,
  { request, matched: { route }, caller, input, authenticate }: Following,
): Promise<Answer> {
  const { status, scopes } = route
  const isAllowed = async (): Promise<boolean> => {
    const found = await authenticate(request)
    return (
      found !== undefined &&
      !('status' in found) &&
      missingScope(found, scopes) === undefined &&
      found.account === caller.account
    )
  }
  const opened = {
    account: caller.account,
    query: input as EventQuery,
    lastEventId: request.header('last-event-id'),
    signal: request.signal,
    isAllowed,
  }
  // What is not sent is not begun.
  const body = request.method === 'HEAD' ? nothing() : await live.open(opened)
  return { status, headers: FIELDS, body }
}

/** nginx keeps what it is sent until it has a bufferful, unless it is told not to. */
const FIELDS = [['content-type', EVENT_STREAM_TYPE], NO_STORE, ['x-accel-buffering', 'no']] as const

async function* nothing(): AsyncGenerator<string> {
  // The answer to a HEAD has the fields of the stream, and no length.
}
