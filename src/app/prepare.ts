import type { StoredFile } from '../contract/index.ts'
import type { Admitted } from './admitted.ts'
import type { Journey } from './world.ts'

/** Undefined, at once, where there is nothing to prepare. */
export function prepare(
  { fetch, sink, env }: Journey,
  { matched, request, call }: Admitted,
): Promise<unknown> | undefined {
  const { prepare } = matched.route.endpoint
  if (prepare === undefined) return undefined
  const read = ({ id, size }: StoredFile): AsyncIterable<Uint8Array> | undefined =>
    sink?.read(id, { first: 0, last: size - 1 })
  const run = async (): Promise<unknown> => prepare({ ...call, signal: request.signal, fetch, read } as never)
  return env.tracing === undefined ? run() : env.tracing.span('prepare', {}, run)
}
