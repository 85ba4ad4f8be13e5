import type { Page } from '../contract/index.ts'
import { etagOf } from '../http/index.ts'
import type { Failed } from '../telemetry/index.ts'
import type { Admitted } from './admitted.ts'
import type { Answer } from './exchange.ts'
import type { RowFormat } from './formats.ts'
import { broughtBy } from './observe.ts'
import { linksOf } from './render.ts'
import { beginText, FIRST_ROWS, streamRows } from './stream.ts'

/** All rows from the cursor on; one page where the caller sets a limit, and then the next one is named in `Link`. */
export async function rowsAnswer(
  failed: Failed,
  admitted: Admitted,
  format: RowFormat,
  handle: (input: unknown) => unknown,
): Promise<Answer> {
  const { matched, call, path, query } = admitted
  const { mediaType, contentType, longest } = format
  const input = Object(call.input) as { readonly [name: string]: unknown }
  const walk = new URLSearchParams(query).has('limit') ? undefined : longest
  const pageOf = async (rows: number, cursor: object): Promise<Page<unknown>> => {
    const size = walk?.limit === undefined ? {} : { limit: Math.min(rows, walk.limit) }
    return (await handle({ ...input, ...size, ...cursor })) as Page<unknown>
  }
  const first = await pageOf(FIRST_ROWS, {})
  const type = ['content-type', contentType] as const
  const { status } = matched.route
  if (first.next !== null && walk !== undefined) {
    const next = (cursor: string, size: number) => pageOf(size, { cursor })
    return { status, headers: [type], body: watched(failed, admitted, streamRows(format, first, next)) }
  }
  const body = beginText(format, first)
  const etag = ['etag', etagOf(mediaType, body)] as const
  return { status, headers: [type, etag, ...(walk === undefined ? linksOf(path, query, first) : [])], body }
}

/** The status is sent by the time that a later piece fails: the answer breaks off, and only the log can say why. */
export async function* watched<T>(
  failed: Failed,
  { matched, request, requestId, served }: Admitted,
  pieces: AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* pieces
  } catch (error) {
    if (!request.signal.aborted) failed(error, `${matched.route.name} ${requestId}`, broughtBy(served))
    throw error
  }
}
