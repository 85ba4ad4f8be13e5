export interface Link {
  /** A URI reference, absolute or relative to the request's own URI. */
  readonly href: string
  /** A registered relation type: `next`. */
  readonly rel: string
}

/** The value of a Link field (RFC 8288 §3). */
export const linkValue = (links: readonly Link[]): string =>
  links.map(({ href, rel }) => `<${escapeReference(href)}>; rel="${rel}"`).join(', ')

/** The link to the page after this one: the same path and query, with the cursor put in (RFC 8288 §3.3, `next`). */
export function nextLink(path: string, query: string, cursor: string): Link {
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return { href: `${path}?${parameters.toString()}`, rel: 'next' }
}

/** Percent-encodes what a URI cannot contain (RFC 3986 §2), `<`, `>` and line ends among it; `%41` stays as it is. */
const escapeReference = (href: string): string =>
  href.toWellFormed().replace(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]/gu, encodeURIComponent)
