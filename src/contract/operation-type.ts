import type { EventType } from './event.ts'
import type { Limit } from './limit.ts'
import type { Problems } from './problems.ts'
import type { Schema } from './schema.ts'

/** Work outside the request-response cycle, named by reference where it is started. */
export interface OperationType<N extends string = string, I = never> {
  readonly kind: 'operation'
  readonly name: N
  readonly path: string
  readonly input: Schema
  readonly output: Schema
  readonly problems: Problems
  readonly emits: readonly EventType[]
  readonly memory: Schema | undefined
  readonly limit: Limit | undefined
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly run: (run: never) => Promise<unknown>
  /** Only for inference: what it takes. */
  readonly accepts?: (input: I) => void
}
