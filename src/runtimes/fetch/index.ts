import {
  type Answer,
  type Request as ApiRequest,
  type App,
  BodyCutShort,
  BodyTooLarge,
  isStream,
} from '../../app/index.ts'

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
    const gone = new AbortController()
    const { status, headers, body } = await app.answer(requestOf(request, remote(request), gone.signal))
    const fields = headers.map(([name, value]): [string, string] => [name, value])
    // A Response refuses a body, even an empty one, with these statuses.
    const empty = body === undefined || status === 204 || status === 304 || request.method === 'HEAD'
    return new Response(empty ? null : bodyOf(body, gone), { status, headers: fields })
  }
}

function bodyOf(
  body: NonNullable<Answer['body']>,
  gone: AbortController,
): ConstructorParameters<typeof Response>[0] {
  return isStream(body) ? streamOf(body, gone) : (body as string | Uint8Array<ArrayBuffer>)
}

/** A piece is asked for when one is read. Who stops reading is gone, also while the next piece is waited for. */
function streamOf(
  pieces: AsyncIterable<string | Uint8Array>,
  gone: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done === true) return controller.close()
        controller.enqueue(typeof next.value === 'string' ? encoder.encode(next.value) : next.value)
      },
      async cancel(reason) {
        gone.abort(reason)
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

function requestOf(request: Request, remote: string | undefined, gone: AbortSignal): ApiRequest {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    target: pathname + search,
    header: name => request.headers.get(name) ?? undefined,
    remote,
    body: (limit, take) => readBody(request, limit, take),
    // Made when it is asked for: most requests never look at it.
    get signal() {
      return AbortSignal.any([request.signal, gone])
    },
    stream: () => streamBody(request),
  }
}

async function* streamBody({ body }: Request): AsyncGenerator<Uint8Array> {
  if (body === null) return
  try {
    yield* body as AsyncIterable<Uint8Array>
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: it is passed, as the only argument
    throw new BodyCutShort({ cause })
  }
}

async function readBody(
  request: Request,
  limit: number,
  take?: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of streamBody(request)) {
    size += chunk.byteLength
    if (size > limit) throw new BodyTooLarge(limit)
    take?.(chunk.byteLength)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
