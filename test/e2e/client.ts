import assert from 'node:assert/strict'

/** An answer, read whole. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answered>

/** Calls an api as a consumer does: JSON or a form with files, and a key. */
export function client(url: string, key: string): Send {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = text !== '' && response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
  }
}

/** Asks again until `good` holds, for 60 s at most. */
export async function until<T>(ask: () => Promise<T>, good: (value: T) => boolean, what: string): Promise<T> {
  const end = performance.now() + 60_000
  for (;;) {
    const value = await ask()
    if (good(value)) return value
    if (performance.now() > end) assert.fail(`${what}: still ${JSON.stringify(value)} after 60 s`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
