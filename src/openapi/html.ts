import { createHash } from 'node:crypto'

/** A page, and the header fields that it is safe with. Header names are in lower case. */
export interface HtmlPage {
  readonly html: string
  readonly headers: { readonly [name: string]: string }
}

/** Text as it stands in an element or a quoted attribute (HTML §13.1.2). */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

/** What a Content-Security-Policy calls an inline style or script by (CSP 3 §2.3.1). */
export const cspHash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Headers of a page that may load only what `sources` name: `{ 'img-src': "'self'" }`. Nobody may frame it. */
export function pageHeaders(sources: { readonly [directive: string]: string }): HtmlPage['headers'] {
  const policy = {
    'default-src': "'none'",
    ...sources,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  }
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': Object.entries(policy)
      .map(([directive, allowed]) => `${directive} ${allowed}`)
      .join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
}
