/** What a request says that its body hashes to. */
export interface ExpectedDigest {
  /** The field that says so. */
  readonly field: string
  readonly algorithm: 'sha256' | 'sha512' | 'md5'
  /** In base64. */
  readonly digest: string
}

/** Of a dictionary, the members that are byte sequences (RFC 9651 §3.2, §3.3.5). */
const MEMBER = /(?:^|,)[ \t]*([a-z0-9-]+)=:([A-Za-z0-9+/]*={0,2}):(?=[ \t]*(?:$|,))/g
const ALGORITHMS: { readonly [name: string]: 'sha256' | 'sha512' } = {
  'sha-256': 'sha256',
  'sha-512': 'sha512',
}

/**
 * The digests in Content-Digest and Repr-Digest (RFC 9530 §2, §3), which are of the same bytes where there is no content
 * coding, and in Content-MD5, which some still send. Algorithms that are not known are passed over (RFC 9530 §2).
 */
export function expectedDigests(header: (name: string) => string | undefined): readonly ExpectedDigest[] {
  const md5 = header('content-md5')
  return [
    ...['content-digest', 'repr-digest'].flatMap(field =>
      [...(header(field) ?? '').matchAll(MEMBER)].flatMap(([, name = '', digest = '']) => {
        const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined
        return algorithm === undefined ? [] : [{ field, algorithm, digest }]
      }),
    ),
    ...(md5 === undefined ? [] : [{ field: 'content-md5', algorithm: 'md5', digest: md5.trim() } as const]),
  ]
}

/** `sha-256=:…:` (RFC 9530 §3), from 64 hexadecimal digits. */
export const digestValue = (sha256: string): string =>
  `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`
