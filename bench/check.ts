import type { Request } from './load.ts'

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

export async function ask(origin: string, { method, path, headers, body }: Request): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  })
  const contentType = response.headers.get('content-type') ?? ''
  return { status: response.status, contentType, text: await response.text() }
}

/** Throws, with the answer, unless it has the status and its JSON satisfies `holds`. */
export function expectJson(
  what: string,
  answer: Answer,
  status: number,
  holds: (json: unknown) => boolean,
): void {
  const isJson = /^application\/([a-z.-]+\+)?json\b/.test(answer.contentType)
  if (answer.status === status && isJson && holds(JSON.parse(answer.text))) return
  throw new Error(`${what}: expected a right ${status}, got ${JSON.stringify(answer)}`)
}

/** Throws, with the answer, unless it has the status and its XML has each of the texts. */
export function expectXml(what: string, answer: Answer, status: number, texts: readonly string[]): void {
  const isXml = /^application\/xml\b/.test(answer.contentType)
  if (answer.status === status && isXml && texts.every(text => answer.text.includes(text))) return
  throw new Error(`${what}: expected a right ${status} in XML, got ${JSON.stringify(answer)}`)
}

/** Throws unless a request that breaks the rules is refused as the caller's fault. */
export function expectRefusal(what: string, answer: Answer): void {
  if (answer.status >= 400 && answer.status < 500) return
  throw new Error(`${what}: expected a refusal, got ${JSON.stringify(answer)}`)
}
