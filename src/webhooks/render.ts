import { type EventType, modeOf } from '../contract/index.ts'
import { compileParameters, compileXmlWriter, formText } from '../formats/index.ts'
import { type Carries, EVENT_ELEMENT } from '../openapi/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { envelopeWire } from './envelope.ts'

export const FORMATS = ['json', 'xml', 'form'] as const
export type Format = (typeof FORMATS)[number]

/** An event as a webhook is sent it, or why it cannot be: in words for the webhook's owner. */
export type Payload = { readonly body: string } | { readonly error: string }

/**
 * Writes an event in a format. Its JSON is put together from what was written when it was recorded; other formats are
 * written by the schema that its type has now.
 *
 * @param type undefined where the api has no such type any more.
 */
export function renderEvent(event: StoredEvent, format: Format, type: EventType | undefined): Payload {
  if (format === 'json') return { body: eventJson(event) }
  if (type === undefined) return { error: `the api has no event '${event.type}' any more` }
  const carries = carriedBy(event)
  try {
    return { body: writerOf(type, format, carries)(JSON.parse(eventJson(event))) }
  } catch (error) {
    // It no longer fits its schema, or the format has no way to carry it.
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** An event in JSON, which is also how the API shows it. */
export function eventJson({ id, account, type, at, data, before, isTest }: StoredEvent): string {
  const mode = modeOf(account) === 'test' ? ',"mode":"test"' : ''
  const test = isTest === true ? ',"test":true' : ''
  const head = `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"at":${JSON.stringify(at)}${mode}${test}`
  return `${head}${data === null ? '' : `,"data":${data}`}${before === null ? '' : `,"before":${before}`}}`
}

const carriedBy = (event: StoredEvent): Carries =>
  (['data', 'before'] as const).filter(member => event[member] !== null)

type Writer = (event: unknown) => string

/** Why events of a type cannot be written in a format at all, whatever they hold; undefined where they can. */
export function refusalOf(type: EventType, format: Format): string | undefined {
  if (format === 'json') return undefined
  try {
    writerOf(type, format, ['data'])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Made when first needed: most types are never sent in most formats. */
const writers = new WeakMap<EventType, Map<string, Writer>>()

function writerOf(type: EventType, format: 'xml' | 'form', carries: Carries): Writer {
  const ofType = writers.get(type) ?? new Map<string, Writer>()
  writers.set(type, ofType)
  const key = [format, ...carries].join()
  const write = ofType.get(key) ?? compileWriter(type, format, carries)
  ofType.set(key, write)
  return write
}

function compileWriter(type: EventType, format: 'xml' | 'form', carries: Carries): Writer {
  const place = `event '${type.name}'`
  const wire = envelopeWire(type, carries)
  if (format === 'xml') return compileXmlWriter(wire, { root: EVENT_ELEMENT, place })
  const parametersOf = compileParameters(wire, place)
  return event => formText(parametersOf(event))
}
