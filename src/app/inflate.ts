import { promisify } from 'node:util'
import { brotliDecompress, constants, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { BodyTooLarge } from './exchange.ts'
import { refuse } from './refusal.ts'

type Inflate = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly rejectGarbageAfterEnd: boolean },
) => Promise<Uint8Array>

const unzstd = promisify(zstdDecompress)
/** 8 MiB (RFC 9659 §3); a few bytes could ask for more. */
const ZSTD_WINDOW = { [constants.ZSTD_d_windowLogMax]: 23 }

/** By content coding (RFC 9110 §8.4.1, RFC 8878 §7.2 for zstd). `x-gzip` is gzip. */
const CODINGS: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  ['zstd', (bytes, options) => unzstd(bytes, { ...options, params: ZSTD_WINDOW })],
  ['deflate', promisify(inflate)],
])

const ACCEPTED = [...CODINGS.keys()].filter(coding => coding !== 'x-gzip').join(', ')

/** Unpacks a body of one content coding; its bytes as they are where there is none. */
export type Unpack = (bytes: Uint8Array, limit: number) => Promise<Uint8Array>

/** What undoes a Content-Encoding. Of several codings on each other each could multiply what the other unpacks to. */
export function unpacking(contentEncoding: string | undefined): Unpack | undefined {
  const coding = contentEncoding?.trim().toLowerCase() ?? 'identity'
  if (coding === 'identity') return undefined
  const unpack = CODINGS.get(coding)
  if (unpack === undefined) {
    // RFC 9110 §12.5.3: a 415 tells what would be taken.
    const detail = `The body may be compressed once: ${ACCEPTED}.`
    refuse('unsupported-encoding', { detail, headers: { 'accept-encoding': ACCEPTED } })
  }
  return (bytes, limit) => unpackUpTo(limit, bytes, unpack)
}

/** Off the event loop, and never more than one piece of 16 KiB beyond the limit. */
async function unpackUpTo(limit: number, bytes: Uint8Array, unpack: Inflate): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: limit, rejectGarbageAfterEnd: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // biome-ignore lint/style/useErrorCause: zlib's says no more
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new BodyTooLarge(limit)
    return refuse('malformed-body', { detail: 'The body is not what its Content-Encoding says.' })
  }
}
