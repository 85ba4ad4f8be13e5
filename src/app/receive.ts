import type { Caller } from '../contract/index.ts'
import type { CompiledRoute } from './compile.ts'
import type { Answer, Request } from './exchange.ts'
import { type Body, NO_BODY, receiveBody } from './reading.ts'
import { receiveFiles } from './upload.ts'
import type { Journey } from './world.ts'

type Take = (body: Body) => Answer | Promise<Answer>

/** Serves a request by its body, files written to the sink. A route that takes none is not waited for. */
export function withBody(
  journey: Journey,
  found: CompiledRoute,
  request: Request,
  caller: Caller | undefined,
  take: Take,
): Answer | Promise<Answer> {
  const { files, input } = found.route
  const { sink } = journey
  if (files !== undefined && sink !== undefined) return withFiles({ ...journey, sink }, found, request, take)
  return input?.from === 'body' ? withHeldBody(journey, found, request, caller, take) : take(NO_BODY)
}

/** Bytes of a body are held until its request is answered. */
async function withHeldBody(
  { bodies, limits, limiter }: Journey,
  found: CompiledRoute,
  request: Request,
  caller: Caller | undefined,
  take: Take,
): Promise<Answer> {
  const holding = bodies.begin(caller?.account ?? limiter.placeOf(request))
  try {
    return await take(await receiveBody(found, request, limits.bodyBytes, holding))
  } finally {
    holding.end()
  }
}

/** What no unit has kept is of no use to anybody. */
async function withFiles(
  storing: Parameters<typeof receiveFiles>[0],
  found: CompiledRoute,
  request: Request,
  take: Take,
): Promise<Answer> {
  const body = await receiveFiles(storing, found, request)
  try {
    return await take(body)
  } finally {
    await body.upload?.discard()
  }
}
