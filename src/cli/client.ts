import { CliFailure, Misuse, Unreachable } from './failure.ts'

/** Where the api is, and as whom it is called. */
export interface Target {
  /** With the api's base: `https://api.example.com/v1`. */
  readonly url: string
  readonly key: string
  readonly isTest: boolean
}

export interface Client {
  /** The JSON of an answer. Ends the program with the problem where the api refuses. */
  call<T>(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<T>
  /** The answer itself, as soon as its fields are there, whatever its status. */
  open(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<Response>
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string }
  readonly signal?: AbortSignal
}

interface Given {
  readonly url?: string | undefined
  readonly key?: string | undefined
  readonly test?: boolean | undefined
}

/** @throws CliFailure that says what is missing. */
export function targetOf({
  url = process.env['SIGNALBOX_URL'],
  key = process.env['SIGNALBOX_KEY'],
  test,
}: Given): Target {
  if (url === undefined || url === '')
    throw new Misuse('Where is the api? Set SIGNALBOX_URL, or pass --url https://api.example.com/v1')
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Misuse(`'${url}' is not the address of an api. Write it like https://api.example.com/v1`)
  if (key === undefined || key === '') throw new Misuse('Which key? Set SIGNALBOX_KEY, or pass --key')
  return { url: url.replace(/\/+$/, ''), key, isTest: test === true }
}

export function createClient({ url, key, isTest }: Target): Client {
  const open: Client['open'] = async (method, path, { body, headers = {}, signal } = {}) => {
    try {
      return await fetch(url + path, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${key}`,
          'user-agent': 'signalbox-cli',
          ...(isTest && { 'api-mode': 'test' }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
        // The key is for this address.
        redirect: 'error',
      })
    } catch (error) {
      throw new Unreachable(`${url} cannot be reached: ${reasonOf(error)}`, { cause: error })
    }
  }
  return {
    open,
    async call<T>(method: 'GET' | 'POST', path: string, options: CallOptions = {}) {
      const answer = await open(method, path, options)
      if (!answer.ok) throw await refusalOf(answer)
      return (await answer.json()) as T
    },
  }
}

/** Why an answer is a refusal, in the api's own words where it has some. */
export async function refusalOf(answer: Response): Promise<CliFailure> {
  const text = await answer.text()
  const problem = parsed(text)
  const errors = Array.isArray(problem['errors'])
    ? (problem['errors'] as { readonly [name: string]: string }[]).map(
        ({ pointer, parameter, detail }) => `\n  ${pointer ?? parameter ?? ''} ${detail}`,
      )
    : []
  const { title = answer.statusText, detail, code } = problem
  const named = typeof code === 'string' ? ` (${code})` : ''
  const explained = typeof detail === 'string' ? `. ${detail}` : ''
  return new CliFailure(`${answer.status} ${String(title)}${named}${explained}${errors.join('')}`)
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(text)) as { readonly [name: string]: unknown }
  } catch {
    return {}
  }
}

/** What fetch says of a connection that failed stands in its cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code, message: inner } = Object(cause) as { readonly code?: string; readonly message?: string }
  return inner === undefined || inner === '' ? (code ?? message) : inner
}
