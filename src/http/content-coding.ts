import { parseWeight } from './negotiate.ts'

/** What answers are compressed by, the best first where a caller likes them equally. */
export const CODINGS = ['zstd', 'br', 'gzip'] as const
export type Coding = (typeof CODINGS)[number]

/** What a caller takes. */
export interface CodingChoice {
  /** The coding that it likes best; undefined where it takes none, or rather has the bytes as they are. */
  readonly coding: Coding | undefined
  /** Whether it takes the bytes as they are. */
  readonly identity: boolean
}

/**
 * Reads an Accept-Encoding field (RFC 9110 §12.5.3). Without it nothing is compressed: who understands codings says so.
 * Malformed elements are ignored.
 */
export function chooseCoding(acceptEncoding: string | undefined): CodingChoice {
  if (acceptEncoding === undefined || acceptEncoding === '') return { coding: undefined, identity: true }
  const weights = new Map<string, number>()
  for (const element of acceptEncoding.split(',')) {
    const [, name = '', q] = ELEMENT.exec(element) ?? []
    const weight = parseWeight(q)
    if (name !== '' && weight !== undefined) weights.set(name.toLowerCase(), weight)
  }
  const any = weights.get('*')
  // Bytes as they are need no mention, and are then liked less than what has one.
  const asTheyAre = weights.get('identity') ?? (any === 0 ? 0 : 1)
  let coding: Coding | undefined
  let best = asTheyAre - 1
  for (const each of CODINGS) {
    const weight = weights.get(each) ?? any ?? 0
    if (weight <= Math.max(best, 0)) continue
    coding = each
    best = weight
  }
  return { coding, identity: asTheyAre > 0 }
}

const ELEMENT = /^[ \t]*([\w*!#$%&'+\-.^`|~]+)[ \t]*(?:;[ \t]*[qQ]=([\d.]+)[ \t]*)?$/
