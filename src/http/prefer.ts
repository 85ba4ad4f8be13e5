/** What a request would like, where it can be had (RFC 7240). */
export interface Preferences {
  /** An answer at once, while the work goes on (§4.1). */
  readonly respondAsync: boolean
  /** For how many seconds at most it would wait for the work's end (§4.3). */
  readonly wait: number | undefined
}

/** Reads `Prefer`: `respond-async, wait=10`. What is not understood is passed over, and of two the first counts (§2). */
export function parsePrefer(field: string): Preferences {
  const found = new Map<string, string>()
  for (const [, name = '', value = ''] of field.matchAll(PREFERENCE)) {
    const known = name.toLowerCase()
    if (!found.has(known)) found.set(known, value.replaceAll('"', ''))
  }
  const wait = found.get('wait')
  return {
    respondAsync: found.has('respond-async'),
    wait: wait !== undefined && /^\d{1,9}$/.test(wait) ? Number(wait) : undefined,
  }
}

/** A name, what it is set to, and parameters up to the next comma. */
const PREFERENCE =
  /(?:^|,)[ \t]*([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*("[^"]*"|[\w!#$%&'*+.^`|~-]+))?[^,"]*(?:"[^"]*"[^,"]*)*/g
