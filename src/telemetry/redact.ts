// What a log may not hold is what callers have sent: keys, secrets, bodies, queries. Records are made of fields that cannot
// hold any of it, but for the text of errors, which may quote what they choke on. So whatever a request brought is cut out of
// the text of its errors, and what looks like a secret out of all of them.

const CUT = '…'

/** Shorter ones are as likely to be words of the message. */
const SHORTEST = 4
/** Looking for more would cost more than a message is worth: then it is left out. */
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

/** What came from outside: texts, and values with texts in them. Of 'too much' nobody knows what a text quotes. */
export type Brought = readonly unknown[] | 'too much'

/** Told of what is our own fault, and of what came from outside that its text may quote. */
export type Failed = (error: unknown, where: string, brought?: Brought) => void

/**
 * What of an error may be logged.
 *
 * @param brought what came from outside and led to the error. Where that is too much to look for, no text is shown: only
 *   which class of error it is, and where it was thrown.
 */
export function describeError(error: unknown, brought: Brought = []): DescribedError {
  return described(error, quoter(brought), 0)
}

function described(error: unknown, redact: Redact | undefined, depth: number): DescribedError {
  if (!(error instanceof Error)) return { message: redact?.(String(error)) ?? CUT }
  const { name, message, stack, cause } = error
  // V8 quotes a piece of what it could not parse.
  const text = error instanceof SyntaxError ? message.replace(/".*"/s, CUT) : message
  return {
    // A class is named by who wrote the program.
    name: redact?.(name) ?? error.constructor.name,
    message: redact?.(text) ?? CUT,
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

type Redact = (text: string) => string

/** What cuts out of a text all that was brought, and all that looks like a secret. Undefined where it could miss some. */
function quoter(brought: Brought): Redact | undefined {
  const found = new Set<string>()
  if (brought === 'too much' || !gather(brought, found, 0)) return undefined
  // The longest first: a shorter one may be a part of it.
  const texts = [...found].toSorted((a, b) => b.length - a.length)
  return text => withoutSecrets(texts.reduce((rest, each) => rest.replaceAll(each, CUT), text))
}

/** False where there is more than is looked for. */
function gather(value: unknown, found: Set<string>, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value)
    if (text.length < SHORTEST) return true
    found.add(text)
    // As it stands within JSON.
    found.add(JSON.stringify(text).slice(1, -1))
    return found.size <= MOST
  }
  if (typeof value !== 'object' || value === null) return true
  return depth <= DEEPEST && Object.values(value).every(member => gather(member, found, depth + 1))
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

/** The texts in a body that nobody has read yet, in whichever format it is; undefined where there are too many. */
export function textsIn(body: string): readonly string[] | undefined {
  const pieces = body.split(/["'<>&=\\\r\n]+/, MOST_PIECES + 1)
  return pieces.length > MOST_PIECES ? undefined : pieces
}
