import { DefinitionError } from './definition-error.ts'
import { refuseUnknown } from './known-options.ts'
import type { Out, Schema } from './schema.ts'

/** A declared kind of fact, named by reference wherever it is emitted. */
export interface EventType<N extends string = string, D = unknown> {
  readonly kind: 'event'
  readonly name: N
  readonly schema: Schema
  readonly description?: string
  /** Only for inference: the type of the event's data. */
  readonly data?: D
}

/**
 * Declares an event type: `event('article.featured', z.object({ id: z.string() }))`.
 *
 * The name is `noun.what_happened`, in lower case.
 */
export function event<const N extends string, S extends Schema>(
  name: N,
  schema: S,
  options: { readonly description?: string } = {},
): EventType<N, Out<S>> {
  if (!EVENT_NAME.test(name)) {
    throw new DefinitionError(
      `event '${name}'`,
      'the name is not a noun and what happened to it',
      "Write it in lower case with dots: 'article.featured'",
    )
  }
  refuseUnknown(options, { description: true }, `event '${name}'`)
  return { kind: 'event', name, schema, ...options }
}

const EVENT_NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/
