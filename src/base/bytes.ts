import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** As text: a digest that is bytes first costs three times as much. */
export const sha256 = (data: string | Uint8Array, as: 'base64url' | 'hex' = 'base64url'): string =>
  hash('sha256', data, as)

/** `length` base62 digits drawn evenly from `bytes(n)`: bytes above 247 are drawn again, since 256 is no multiple of 62. */
export function randomBase62(length: number, bytes: (size: number) => Uint8Array): string {
  let out = ''
  while (out.length < length) {
    for (const byte of bytes(length - out.length)) if (byte < 248) out += BASE62.charAt(byte % 62)
  }
  return out
}

/** The CRC-32 (ISO-HDLC) of `text` as exactly 6 base62 digits: what secret scanners recompute to tell a key from noise. */
export function crcBase62(text: string): string {
  let rest = crc32(text)
  let out = ''
  for (let i = 0; i < 6; i++) {
    out = BASE62.charAt(rest % 62) + out
    rest = Math.floor(rest / 62)
  }
  return out
}
