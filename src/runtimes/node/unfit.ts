import type { IncomingMessage, RequestListener } from 'node:http'
import { type Problem, problem } from '../../http/index.ts'
import { sendProblem } from './broken.ts'

/** As many fields as a request may have. */
export const MAX_FIELDS = 100

/** Passes on only what all servers would read as the same request. */
export function guarded(listen: RequestListener): RequestListener {
  return (incoming, outgoing) => {
    const refused = unfit(incoming)
    if (refused === undefined) listen(incoming, outgoing)
    else sendProblem(outgoing, refused)
  }
}

/**
 * What Node's parser lets through although another server on the way could read it differently, which is how one request
 * is smuggled inside another. Undefined where there is nothing.
 */
function unfit(incoming: IncomingMessage): Problem | undefined {
  const { rawHeaders, httpVersion, headers } = incoming
  if (rawHeaders.length > 2 * MAX_FIELDS) {
    return problem('headers-too-large', { detail: `A request may have ${MAX_FIELDS} header fields.` })
  }
  const detail = brokenRule(httpVersion, hostsOf(rawHeaders), headers['transfer-encoding'])
  return detail === undefined ? undefined : problem('bad-request', { detail })
}

function brokenRule(
  version: string,
  hosts: readonly string[],
  transferEncoding: string | undefined,
): string | undefined {
  // Node's parser takes 0.9 and 2.0 as well.
  if (version !== '1.1' && version !== '1.0') return 'The version of HTTP is neither 1.1 nor 1.0.'
  // RFC 9112 §3.2: none, more than one, or one that is no host.
  const [host] = hosts
  if (hosts.length > 1 || (host === undefined && version === '1.1')) return 'There is not one Host field.'
  if (host !== undefined && !HOST.test(host)) return 'The Host field is not a host.'
  if (transferEncoding === undefined) return undefined
  // RFC 9112 §6.1: its framing is taken to be faulty.
  if (version === '1.0') return 'Transfer-Encoding came with HTTP/1.0.'
  return transferEncoding.toLowerCase() === 'chunked' ? undefined : 'The Transfer-Encoding is not chunked.'
}

/** `uri-host [ ":" port ]` (RFC 9110 §7.2), less the commas that would let two hosts look like one. */
const HOST = /^(?:[\w.~!$&'()*+;=%-]+|\[[\da-fA-F:.]+\])(?::\d{0,5})?$/

/** Node keeps the first of several. */
function hostsOf(rawHeaders: readonly string[]): string[] {
  const hosts: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[i + 1] ?? '')
  }
  return hosts
}
