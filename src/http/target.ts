export interface Target {
  /** As sent, still percent-encoded; starts with `/`. */
  readonly path: string
  /** As sent, without its `?`; empty where there is none. */
  readonly query: string
  /** Only of an absolute-form target. It must be the Host (RFC 9112 §3.2.2). */
  readonly authority: string | undefined
}

const HASH = 0x23
const QUESTION = 0x3f

/**
 * Takes a request target apart: origin-form, and absolute-form as proxies send it (RFC 9112 §3.2.1, §3.2.2). Undefined
 * for the other forms, for a fragment, and for characters that are not visible ASCII.
 */
export function splitTarget(target: string): Target | undefined {
  let question = -1
  for (let at = 0; at < target.length; at++) {
    const code = target.charCodeAt(at)
    if (code <= 0x20 || code >= 0x7f || code === HASH) return undefined
    if (code === QUESTION && question === -1) question = at
  }
  const pathEnd = question === -1 ? target.length : question
  const query = question === -1 ? '' : target.slice(question + 1)
  if (target.startsWith('/')) return { path: target.slice(0, pathEnd), query, authority: undefined }

  const authorityStart = /^https?:\/\//i.exec(target)?.[0].length
  if (authorityStart === undefined) return undefined
  const slash = target.indexOf('/', authorityStart)
  const authorityEnd = slash === -1 || slash > pathEnd ? pathEnd : slash
  if (authorityEnd === authorityStart) return undefined
  return {
    // An empty path is the root (RFC 9110 §4.2.3).
    path: target.slice(authorityEnd, pathEnd) || '/',
    query,
    authority: target.slice(authorityStart, authorityEnd),
  }
}

/**
 * A segment of a path, percent-decoded now that the path is split, so that `%2F` stays inside its segment: `b%2Fc` is `b/c`.
 * Undefined for invalid UTF-8, for NUL, and for the dot segments `.` and `..` however they are spelt: whoever resolves them
 * first decides what they mean (RFC 3986 §5.2.4).
 */
export function decodeSegment(segment: string): string | undefined {
  const text = segment.includes('%') ? decode(segment) : segment
  return text === undefined || text === '.' || text === '..' || text.includes('\0') ? undefined : text
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
