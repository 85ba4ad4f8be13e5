import { keepRecent } from '../base/index.ts'
import { charsetOf, type MediaType, parseMediaType } from './media-type.ts'
import { quotedEnd } from './scan.ts'

/** A form in which an answer can be sent. */
export interface Offer {
  /** Type and subtype in lower case: `application/json`. */
  readonly mediaType: string
  /** What tells it from other offers of this media type. */
  readonly parameters?: { readonly [name: string]: string }
}

/**
 * The offer that the caller likes best; undefined where none is acceptable, which is a 406 (RFC 9110 §12.5.1).
 *
 * The most specific range that matches an offer gives its weight. Among equal weights, which the RFC leaves open, the
 * more specific range goes first, then the earlier range, then the earlier offer: who names XML and then takes anything
 * gets XML.
 * Malformed elements are ignored; with none left, and without the field, everything is acceptable.
 */
export function negotiate<O extends Offer>(accept: string | undefined, offers: readonly O[]): O | undefined {
  if (accept === undefined || accept === '*/*') return offers[0]
  for (const offer of offers) if (offer.mediaType === accept) return offer
  const ranges = parseAccept(accept)
  if (ranges.length === 0) return offers[0]
  let best: O | undefined
  let bestRange: Range | undefined
  for (const offer of offers) {
    const range = rangeFor(offer, ranges)
    if (range === undefined || range.weight === 0) continue
    if (bestRange === undefined || isPreferred(range, bestRange)) {
      best = offer
      bestRange = range
    }
  }
  return best
}

/** Texts that are remembered of one list of offers, at least, and how long they may be: callers say what they like. */
const KEPT = 16
const LONGEST = 256

/** `negotiate` of one list of offers: the programs that call an api are few, and each sends one Accept again and again. */
export function negotiator<O extends Offer>(
  offers: readonly O[],
): (accept: string | undefined) => O | undefined {
  const chosen = keepRecent(KEPT, accept => ({ offer: negotiate(accept, offers) }))
  return accept =>
    accept === undefined || accept.length > LONGEST ? negotiate(accept, offers) : chosen(accept).offer
}

interface Range {
  readonly mediaType: MediaType
  /** 0 where any type matches, 1 where any subtype does, 2 where both are named. */
  readonly exactness: number
  /** In thousandths; 0 is "not acceptable". */
  readonly weight: number
  readonly index: number
}

function parseAccept(accept: string): readonly Range[] {
  const ranges: Range[] = []
  for (const element of listElements(accept)) {
    const mediaType = parseMediaType(element)
    if (mediaType === undefined) continue
    const { essence } = mediaType
    const exactness = essence === '*/*' ? 0 : essence.endsWith('/*') ? 1 : 2
    if (exactness > 0 && essence.startsWith('*')) continue
    const weight = parseWeight(mediaType.parameters.get('q'))
    if (weight !== undefined) ranges.push({ mediaType, exactness, weight, index: ranges.length })
  }
  return ranges
}

/** Splits at the commas that stand outside quoted strings (RFC 9110 §5.6.1). */
function listElements(list: string): readonly string[] {
  if (!list.includes('"')) return list.split(',')
  const elements: string[] = []
  let start = 0
  for (let at = 0; at < list.length; at++) {
    if (list[at] === ',') {
      elements.push(list.slice(start, at))
      start = at + 1
    } else if (list[at] === '"') {
      const end = quotedEnd(list, at)
      // Nobody can tell what is inside an unclosed quote: it takes the rest with it.
      if (end === -1) break
      at = end - 1
    }
  }
  elements.push(list.slice(start))
  return elements
}

/** A qvalue in thousandths, 1000 by default (RFC 9110 §12.4.2). */
export function parseWeight(q: string | undefined): number | undefined {
  if (q === undefined) return 1000
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Math.round(Number(q) * 1000) : undefined
}

/** The most specific range that matches; the first of them where one is repeated. */
function rangeFor(offer: Offer, ranges: readonly Range[]): Range | undefined {
  let best: Range | undefined
  for (const range of ranges) {
    if (matches(range, offer) && (best === undefined || specificity(range) > specificity(best))) best = range
  }
  return best
}

function matches({ mediaType, exactness }: Range, offer: Offer): boolean {
  if (exactness === 2 && mediaType.essence !== offer.mediaType) return false
  if (exactness === 1 && !offer.mediaType.startsWith(mediaType.essence.slice(0, -1))) return false
  for (const [name, value] of mediaType.parameters) {
    if (name === 'q') continue
    // Everything that is sent is UTF-8, whether or not its media type has the parameter.
    if (name === 'charset' && charsetOf(mediaType) === 'utf-8') continue
    if (offer.parameters?.[name] !== value) return false
  }
  return true
}

/** Grows from any type, any subtype, one media type, to one with parameters. The weight is not among these. */
const specificity = ({ exactness, mediaType: { parameters } }: Range): number =>
  exactness * 1000 + parameters.size - (parameters.has('q') ? 1 : 0)

const isPreferred = (a: Range, b: Range): boolean =>
  (a.weight - b.weight || specificity(a) - specificity(b) || b.index - a.index) > 0
