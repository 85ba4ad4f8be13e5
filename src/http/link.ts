export interface Link {
  /** A URI reference, absolute or relative to the request's own URI. */
  readonly href: string
  /** A registered relation type: `next`. */
  readonly rel: string
}

/** The value of a Link field (RFC 8288 §3). */
export const linkValue = (links: readonly Link[]): string =>
  links.map(({ href, rel }) => `<${escapeReference(href)}>; rel="${rel}"`).join(', ')

/** What is known of the pages around one: undefined and null where there is none, or it cannot be told. */
export interface PageCursors {
  readonly next: string | null
  readonly prev?: string | null | undefined
}

/**
 * The links from a page of a list to the others: the same path and query, with another cursor (RFC 8288 §3.3). None where the
 * page is the whole list.
 */
export function pageLinks(path: string, query: string, { next, prev }: PageCursors): readonly Link[] {
  const links: Link[] = []
  if (next !== null) links.push({ href: withCursor(path, query, next), rel: 'next' })
  if (prev !== null && prev !== undefined) links.push({ href: withCursor(path, query, prev), rel: 'prev' })
  if (links.length > 0) links.push({ href: withCursor(path, query, undefined), rel: 'first' })
  return links
}

/** Cursors are base64url, so they stand in a query as they are. */
function withCursor(path: string, query: string, cursor: string | undefined): string {
  if (query === '') return cursor === undefined ? path : `${path}?cursor=${cursor}`
  const parameters = new URLSearchParams(query)
  if (cursor === undefined) parameters.delete('cursor')
  else parameters.set('cursor', cursor)
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}

/** Percent-encodes what a URI cannot contain (RFC 3986 §2), `<`, `>` and line ends among it; `%41` stays as it is. */
const escapeReference = (href: string): string =>
  href.toWellFormed().replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/gu, encodeURIComponent)
