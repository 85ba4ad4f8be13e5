import { type Answer, type Request as ApiRequest, type App, BodyTooLarge, isStream } from '../../app/index.ts'

export { type App, type AppOptions, openApp } from '../../app/index.ts'

export interface FetchOptions {
  /** The address that a request comes from, where the platform tells it. Default: unknown to limits, and to keys with addresses. */
  readonly remote?: (request: Request) => string | undefined
}

/** Answers requests of the Fetch standard, as Bun, Deno and Next.js route handlers pass them: `export const GET = fetchHandler(app)`. */
export function fetchHandler(
  app: App,
  { remote = () => undefined }: FetchOptions = {},
): (request: Request) => Promise<Response> {
  return async request => {
    const { status, headers, body } = await app.answer(requestOf(request, remote(request)))
    const fields = headers.map(([name, value]): [string, string] => [name, value])
    // A Response refuses a body, even an empty one, with these statuses.
    const empty = body === undefined || status === 204 || status === 304 || request.method === 'HEAD'
    return new Response(empty ? null : bodyOf(body), { status, headers: fields })
  }
}

const bodyOf = (body: NonNullable<Answer['body']>): ConstructorParameters<typeof Response>[0] =>
  isStream(body) ? ReadableStream.from(bytesOf(body)) : (body as string | Uint8Array<ArrayBuffer>)

async function* bytesOf(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of pieces) yield typeof piece === 'string' ? encoder.encode(piece) : piece
}

function requestOf(request: Request, remote: string | undefined): ApiRequest {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    target: pathname + search,
    header: name => request.headers.get(name) ?? undefined,
    remote,
    body: limit => readBody(request, limit),
    signal: request.signal,
  }
}

async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) throw new BodyTooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
