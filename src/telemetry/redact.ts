// What a log may not hold is what callers have sent: keys, secrets, bodies, queries. Records are made of fields that cannot
// hold any of it, but for the text of errors, which may quote what they choke on. So whatever a request brought is cut out of
// the text of its errors, and what looks like a secret out of all of them.

const CUT = '…'

/** Shorter ones are as likely to be words of the message. */
const SHORTEST = 4
/** Looking for more would cost more than a message is worth. */
const MOST = 2_000
const DEEPEST = 16

/** An error as a log shows it. */
export interface DescribedError {
  readonly name?: string
  readonly message: string
  /** Where it was thrown, without the message. */
  readonly stack?: string
  readonly cause?: DescribedError
}

/** Told of what is our own fault, and of what came from outside that its text may quote. */
export type Failed = (error: unknown, where: string, brought?: readonly unknown[]) => void

/** @param brought what came from outside and led to the error: texts, and values with texts in them. */
export function describeError(error: unknown, brought: readonly unknown[] = []): DescribedError {
  return described(error, quoter(brought), 0)
}

function described(error: unknown, redact: (text: string) => string, depth: number): DescribedError {
  if (!(error instanceof Error)) return { message: redact(String(error)) }
  const { name, message, stack, cause } = error
  // V8 quotes a piece of what it could not parse.
  const text = error instanceof SyntaxError ? message.replace(/".*"/s, CUT) : message
  return {
    name: redact(name),
    message: redact(text),
    ...(stack !== undefined && { stack: framesOf(stack, message) }),
    ...(cause !== undefined && depth < DEEPEST && { cause: described(cause, redact, depth + 1) }),
  }
}

/** A stack begins with the message, whose lines may look like frames. */
function framesOf(stack: string, message: string): string {
  const at = stack.indexOf(message)
  const rest = at === -1 ? '' : stack.slice(at + message.length)
  return rest
    .split('\n')
    .filter(line => /^ +at /.test(line))
    .join('\n')
}

/** What cuts out of a text all that was brought, and all that looks like a secret. */
function quoter(brought: readonly unknown[]): (text: string) => string {
  const found = new Set<string>()
  for (const value of brought) gather(value, found, 0)
  // The longest first: a shorter one may be a part of it.
  const texts = [...found].toSorted((a, b) => b.length - a.length)
  return text => withoutSecrets(texts.reduce((rest, each) => rest.replaceAll(each, CUT), text))
}

function gather(value: unknown, found: Set<string>, depth: number): void {
  if (found.size >= MOST || depth > DEEPEST) return
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value)
    if (text.length < SHORTEST) return
    found.add(text)
    // As it stands within JSON.
    found.add(JSON.stringify(text).slice(1, -1))
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) gather(member, found, depth + 1)
  }
}

/** Longer texts say no more. It is also what redacting may cost at most. */
const LONGEST = 10_000

/**
 * A text of a caller's, or about one, without what looks like a secret in it: what stands behind the name of a scheme, the
 * user of a URL, and runs of letters and digits that no word has.
 */
export const withoutSecrets = (text: string): string =>
  text
    .slice(0, LONGEST)
    .replaceAll(/\b(bearer|basic) +\S+/gi, `$1 ${CUT}`)
    .replaceAll(/(?<=:\/\/)[^\s/@]+@/g, CUT)
    .replaceAll(/[\w+=-]{20,}/g, run => (/\d|.{32}/.test(run) ? CUT : run))

/** More than a body's 10,000 values have around them. A hostile body has half a million. */
const MOST_PIECES = 50_000

/** The texts in a body that nobody has read yet, in whichever format it is. */
export const textsIn = (body: string): readonly string[] => body.split(/["'<>&=\\\r\n]+/, MOST_PIECES)
