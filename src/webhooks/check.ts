import type { EventType, Issue } from '../contract/index.ts'
import { type ConditionFault, compileCondition } from './condition/condition.ts'
import { checkUrl, type Egress } from './egress.ts'
import { orderFault } from './order.ts'
import { type Format, refusalOf } from './render.ts'
import { MAX_SENT_URL, urlAsSent, type WebhookMethod } from './request.ts'
import { BODY_HASH, type Signature } from './signing.ts'
import { askable, namesAsked } from './wildcard.ts'

/** What a webhook's fields must be to each other. */
export interface Checked {
  readonly url: string
  readonly events: readonly string[]
  readonly when: string | null
  readonly method: WebhookMethod
  readonly format: Format
  readonly signature: Signature
  readonly headers: readonly { readonly name: string }[]
  readonly authorization: object | null
  readonly order: string | null
}

/** The fields that are checked together: a change of none of them needs no check. */
export const CHECKED: readonly (keyof Checked)[] = [
  'url',
  'events',
  'when',
  'method',
  'format',
  'signature',
  'headers',
  'authorization',
  'order',
]

/** Bytes that a GET's URL must leave for the event: its id, type and time, and the names and values of a small row. */
const LEAST_ROOM = 1_024

/** The types that are asked for now. What a wildcard asks for later is judged when it happens. */
export const typesAsked = (
  events: readonly string[],
  eventTypes: ReadonlyMap<string, EventType>,
): readonly EventType[] => namesAsked(events, eventTypes.keys()).flatMap(name => eventTypes.get(name) ?? [])

/** What is given of where a webhook leads and of what it is for. */
export interface Given {
  readonly url?: string | undefined
  readonly events?: readonly string[] | undefined
}

/** What is wrong with each of these by itself. */
export function givenIssues(
  { url, events = [] }: Given,
  egress: Egress,
  eventTypes: ReadonlyMap<string, EventType>,
): readonly Issue[] {
  const wrong = url === undefined ? undefined : checkUrl(url, egress)
  return [
    ...(wrong === undefined ? [] : [{ path: ['url'], message: wrong }]),
    ...nameIssues(events, eventTypes),
  ]
}

/** What may be asked for where this name stands. */
export const noEventType = (name: string, eventTypes: ReadonlyMap<string, EventType>): string =>
  `There is no event '${name}'. There are ${[...eventTypes.keys()].join(', ')}.`

/** What is wrong with the names by which types of events are asked for. */
export function nameIssues(names: readonly string[], eventTypes: ReadonlyMap<string, EventType>): Issue[] {
  const known = askable(eventTypes.keys()).add('*')
  const issues: Issue[] = names.flatMap((name, i) => {
    const message = noEventType(name, eventTypes)
    return known.has(name) ? [] : [{ path: ['events', i], message }]
  })
  if (new Set(names).size < names.length)
    issues.push({ path: ['events'], message: 'An event is listed twice.' })
  return issues
}

/** All that is wrong with a webhook's fields together, as far as each can be read; each names the field to mend. */
export function issuesOf(webhook: Checked, eventTypes: ReadonlyMap<string, EventType>): readonly Issue[] {
  const types = typesAsked(webhook.events, eventTypes)
  return [
    ...combinationIssues(webhook),
    ...conditionIssues(webhook.when, types),
    ...orderIssues(webhook.order, types),
    ...types.flatMap(type => {
      const refused = refusalOf(type, webhook.format)
      const message = `'${type.name}' cannot be sent as ${webhook.format}: ${refused}. Use json.`
      return refused === undefined ? [] : [{ path: ['format'], message }]
    }),
  ]
}

function combinationIssues({ url, method, format, signature, headers, authorization }: Checked): Issue[] {
  const issues: Issue[] = []
  const add = (field: keyof Checked, message: string) => issues.push({ path: [field], message })
  if (method === 'GET' && format !== 'form') {
    add(
      'format',
      'A GET has no body: its fields are query parameters. Set format to form, or method to POST.',
    )
  }
  if (method === 'GET' && signature !== 'twilio') {
    const mend = 'Set signature to twilio, or method to POST.'
    add(
      'signature',
      `Of the signatures only twilio covers the URL, in which a GET carries the event. ${mend}`,
    )
  }
  const most = method === 'GET' ? MAX_SENT_URL - LEAST_ROOM : MAX_SENT_URL
  if (URL.canParse(url) && urlAsSent(url).length > most) {
    const why = method === 'GET' ? ', which leaves a GET no room for the event' : ''
    add('url', `With its escapes the URL is longer than ${most} bytes${why}.`)
  }
  if (signature === 'twilio' && url.includes(BODY_HASH)) {
    add('url', `The URL holds '${BODY_HASH}', which the signature twilio adds itself. Take it out.`)
  }
  if (authorization !== null && headers.some(({ name }) => name.toLowerCase() === 'authorization')) {
    add('authorization', 'The field Authorization is among the headers already. Have one of the two.')
  }
  return issues
}

/** What is wrong with a condition, for each event type that it is for. */
export function conditionIssues(when: string | null, types: readonly EventType[]): Issue[] {
  if (when === null) return []
  const compiled = compileCondition(when, types)
  if ('condition' in compiled) return []
  return compiled.faults.map(fault => ({ path: ['when'], message: described(fault) }))
}

/** An order that says nothing of a type would be none, without a word. */
function orderIssues(order: string | null, types: readonly EventType[]): Issue[] {
  if (order === null) return []
  return types.flatMap(type => {
    const fault = orderFault(order, type)
    return fault === undefined ? [] : [{ path: ['order'], message: `${fault}. Name a field that each has.` }]
  })
}

function described({ message, position, eventType }: ConditionFault): string {
  const line = position === undefined || position.line === 1 ? '' : `line ${position.line}, `
  const place = position === undefined ? '' : `At ${line}column ${position.column}: `
  return `${place}${message}${eventType === undefined ? '' : ` (for ${eventType})`}`
}
