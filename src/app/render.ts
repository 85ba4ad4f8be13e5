import type { Page } from '../contract/index.ts'
import { httpDate, linkValue, pageLinks } from '../http/index.ts'
import { NO_STORE } from './answers.ts'
import type { CompiledRoute } from './compile.ts'
import { modifiedOf } from './conditions.ts'
import type { Answer, WholeAnswer } from './exchange.ts'
import type { AnswerFormat } from './formats.ts'

/** What an answer is rendered for. */
export interface Rendered {
  /** The path as it was sent, with its suffix: pages link to others of their own format. */
  readonly path: string
  readonly query: string
  readonly matched: CompiledRoute
  /** Undefined where there is nothing to write. */
  readonly format: AnswerFormat | undefined
}

type Field = Answer['headers'][number]

/**
 * Renders what a handler answers: in the unit, so that an answer which breaks its schema undoes it.
 *
 * @param base what every path of the api begins with.
 */
export function render(
  base: string,
  { matched, format, path, query }: Rendered,
  value: unknown,
): WholeAnswer {
  const { endpoint, status, output, method, isTagged } = matched.route
  const headers: Field[] = []
  let body: string | undefined
  if (format !== undefined && 'write' in format) {
    body = format.write(value)
    headers.push(['content-type', format.contentType])
    if (isTagged) headers.push(['etag', format.tag(body)])
  }
  const modified = modifiedOf(matched, value)
  if (modified !== undefined) headers.push(['last-modified', httpDate(modified)])
  // A secret that was shown is not to be found in a cache (RFC 9111 §5.2.2.5).
  if (endpoint.shownOnce === true) headers.push(NO_STORE)
  if (endpoint.location !== undefined)
    headers.push(['location', locationOf(base + endpoint.location(value as never))])
  if (output?.pageOf !== undefined && method === 'GET')
    headers.push(...linksOf(path, query, value as Page<unknown>))
  return { status, headers, body }
}

/** The `Link` of a page, where it has others around it. */
export function linksOf(path: string, query: string, page: Page<unknown>): readonly Field[] {
  const links = pageLinks(path, query, page)
  return links.length === 0 ? [] : [['link', linkValue(links)]]
}

/** In the unit, so that a path which cannot be a field's value undoes it, rather than losing the answer of what is done. */
function locationOf(path: string): string {
  if (/^\/[\x21-\x7e]*$/.test(path)) return path
  throw new Error(
    'the `location` of an endpoint is not a path of visible ASCII characters: encode what it is made of',
  )
}

/** V8 keeps text that was put together as its pieces, and would put them together anew each time that it is sent. */
export const inOnePiece = ({ body, ...made }: WholeAnswer): WholeAnswer => ({
  ...made,
  body: body && Buffer.from(body).toString(),
})
