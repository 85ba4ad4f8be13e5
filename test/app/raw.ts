import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As it came: compressed where it is. */
  readonly body: Buffer
}

/** Asks without any field of its own, as `fetch` would add them, and takes the answer as it comes. */
export async function askRaw(
  url: URL,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<RawAnswer> {
  const asked = request(url, { method, headers, agent: false })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece as Buffer)
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) }
}
