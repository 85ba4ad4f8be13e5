import { type EventType, type ObjectShape, type Schema, type Wire, wireOf } from '../contract/index.ts'
import { type Carries, eventSchema } from '../openapi/index.ts'

/**
 * The wire of an event as it is sent: the head that the documents show, around the shape of its data. The data keeps its
 * own definitions, since the head refers to nothing.
 */
export function envelopeWire(type: EventType, carries: Carries): Wire {
  const place = `event '${type.name}'`
  const data = wireOf(type.schema, 'output', place)
  const head = wireOf(schemaOf(eventSchema(type, [], {})), 'output', place).shape as ObjectShape
  const carried = carries.map(name => {
    // In XML it stands by its own name, whatever the row alone is called.
    const shape = { ...data.shape, xml: { ...data.shape.xml, name } }
    return { name, shape, required: true, readOnly: false }
  })
  return {
    jsonSchema: eventSchema(type, carries, data.jsonSchema),
    shape: { ...head, fields: [...head.fields, ...carried] },
    definitions: data.definitions,
  }
}

/** A schema of Signalbox's own, described and never asked to validate. */
const schemaOf = (jsonSchema: object): Schema => ({
  '~standard': {
    version: 1,
    vendor: 'signalbox',
    jsonSchema: { input: () => ({ ...jsonSchema }), output: () => ({ ...jsonSchema }) },
    validate: value => ({ value }),
  },
})
