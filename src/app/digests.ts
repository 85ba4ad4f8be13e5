import { createHash } from 'node:crypto'
import { expectedDigests } from '../http/index.ts'
import type { Request } from './exchange.ts'
import { refuse } from './refusal.ts'

/**
 * A body as it comes. It breaks off at its end where it is not the one that the request's digests tell of.
 *
 * @throws Refusal with 400 `digest-mismatch`
 */
export function checkedDigests(request: Request, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const expected = expectedDigests(name => request.header(name))
  return expected.length === 0 ? body : checked()

  async function* checked(): AsyncGenerator<Uint8Array> {
    const hashes = expected.map(({ algorithm }) => createHash(algorithm))
    for await (const piece of body) {
      for (const hash of hashes) hash.update(piece)
      yield piece
    }
    for (const [i, { field, digest }] of expected.entries()) {
      if (hashes[i]?.digest('base64') !== digest)
        refuse('digest-mismatch', { detail: `The body is not the one that ${field} tells of.` })
    }
  }
}
