import * as z from 'zod'
import type { Issue } from '../contract/index.ts'

// Header fields that an owner has sent with every request. Secret ones are written and never shown again.

/** A field as it is shown. */
export const Header = z
  .object({
    name: z.string(),
    value: z.string().nullable().describe('Null where it is secret'),
    secret: z.boolean(),
  })
  .describe('A header field that every request to the receiver has')

/** A field as it is given. What is not said to be public is secret. */
export const NewHeader = z.object({
  name: z.string().max(100).describe('No field that HTTP, the signature or the body has a use for'),
  value: z
    .string()
    .max(4_096)
    .nullable()
    .optional()
    .describe('Of visible ASCII and spaces. Left out of a change, that of a secret field stays'),
  secret: z.boolean().default(true).describe('Whether the value is never shown again'),
})

export type ShownHeader = z.output<typeof Header>
export type GivenHeader = z.output<typeof NewHeader>

/** Bytes of all fields together: what common servers take of a request's header section is 8 KiB, ours included. */
export const MAX_HEADER_BYTES = 6_144

/** Of the tokens that RFC 9110 §5.6.2 allows those that every receiver, log and format takes. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/
/** A field value (RFC 9110 §5.5), without what is not ASCII: receivers disagree on how that is to be read. */
const VALUE = /^[!-~](?:[\t -~]*[!-~])?$/

/**
 * Fields that are not their owner's to set: of the connection (RFC 9110 §7.6.1) and of framing, which could smuggle a second
 * request; of where it goes, and whence it comes as proxies tell it; of the body, the signature and the trace.
 */
const TAKEN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'via',
  'forwarded',
  'x-real-ip',
  'user-agent',
  'signature',
  'signature-input',
  'x-twilio-signature',
  'stripe-signature',
  'x-hub-signature',
  'x-hub-signature-256',
  'traceparent',
  'tracestate',
])
const TAKEN_BEGINNINGS = ['proxy-', 'content-', 'webhook-', 'sec-', 'x-forwarded-', 'http2-']

/** Whether a field of this name is sent by somebody else than the owner. */
const isTaken = (name: string): boolean =>
  TAKEN.has(name) || TAKEN_BEGINNINGS.some(beginning => name.startsWith(beginning))

/** What is wrong with fields one by one and together, their missing values aside. No message repeats a value. */
export function headerIssues(headers: readonly GivenHeader[]): Issue[] {
  const issues: Issue[] = []
  const seen = new Set<string>()
  let bytes = 0
  for (const [i, { name, value, secret }] of headers.entries()) {
    const add = (member: keyof GivenHeader, message: string) =>
      issues.push({ path: ['headers', i, member], message })
    const lower = name.toLowerCase()
    if (!NAME.test(name)) add('name', 'The name is not one that a header field can have.')
    else if (isTaken(lower)) add('name', `The field '${name}' is not yours to set.`)
    else if (seen.has(lower)) add('name', `The field '${name}' is there twice.`)
    if (lower === 'authorization' && !secret) add('secret', 'What authorises is secret.')
    if (value != null && !VALUE.test(value))
      add('value', 'The value may have visible ASCII, and spaces and tabs inside.')
    seen.add(lower)
    bytes += name.length + (value?.length ?? 0)
  }
  if (bytes > MAX_HEADER_BYTES)
    issues.push({ path: ['headers'], message: `Header fields may have ${MAX_HEADER_BYTES} bytes together.` })
  return issues
}
