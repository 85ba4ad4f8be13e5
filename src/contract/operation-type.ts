import type { EventType } from './event.ts'
import type { Limit } from './limit.ts'
import type { Problems } from './problems.ts'
import type { RetryRule } from './retry.ts'
import type { Schema } from './schema.ts'

/** Work outside the request-response cycle: what operations and tasks have in common. */
export interface WorkType {
  readonly kind: 'operation' | 'task'
  readonly name: string
  readonly input: Schema
  readonly problems: Problems
  readonly emits: readonly EventType[]
  readonly memory: Schema | undefined
  readonly retry: RetryRule
  readonly run: (run: never) => Promise<unknown>
}

/** Work with a public status, named by reference where it is started. */
export interface OperationType<N extends string = string, I = never> extends WorkType {
  readonly kind: 'operation'
  readonly name: N
  readonly path: string
  readonly output: Schema
  readonly events: OperationEvents
  readonly limit: Limit | undefined
  readonly summary: string | undefined
  readonly description: string | undefined
  /** Signalbox's own: its end is no event. */
  readonly silent?: true
  /** Only for inference: what it takes. */
  readonly accepts?: (input: I) => void
}

/** What is recorded when an operation is settled, each of its own type: `import.succeeded`. */
export interface OperationEvents {
  readonly succeeded: EventType
  readonly failed: EventType
  readonly canceled: EventType
}

/** Work of the application's own, which callers do not see, named by reference in `later`. */
export interface TaskType<N extends string = string, I = never> extends WorkType {
  readonly kind: 'task'
  readonly name: N
  /** Only for inference: what it takes. */
  readonly accepts?: (input: I) => void
}
