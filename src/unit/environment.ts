import type { Clock, NewId } from '../base/index.ts'
import type { EventType, Resource, WorkType } from '../contract/index.ts'
import type { Tracing } from '../telemetry/index.ts'
import type { Table } from './table.ts'

/** What units of one api need to know of it: compiled once, at start. */
export interface Environment {
  readonly tables: ReadonlyMap<Resource, Table>
  /** The JSON of an event's data, checked against its schema. */
  readonly eventWriters: ReadonlyMap<EventType, (data: unknown) => string>
  /** The JSON of the input of an operation or a task, as its run will read it. */
  readonly inputWriters: ReadonlyMap<WorkType, (input: unknown) => string>
  readonly newId: NewId
  readonly clock: Clock
  /** How long answers are kept for an Idempotency-Key, in milliseconds. */
  readonly answersMs: number
  /** Undefined where nobody keeps traces. */
  readonly tracing: Tracing | undefined
  /** Told after a commit is on disk, so that work need not wait for the next poll. */
  readonly committed: (recorded: Recorded) => void
}

/** What a unit left for others to do. */
export interface Recorded {
  readonly events: number
  /** Queued, and tasks. */
  readonly operations: number
  readonly deliveries: number
  /** The ids of operations that it settled. */
  readonly settled: readonly string[]
  /** The ids of webhooks that it changed: what is about to be sent to them is looked at anew. */
  readonly webhooks: readonly string[]
}

/** Events, and nothing else. */
export const eventsAlone = (events: number): Recorded => ({
  events,
  operations: 0,
  deliveries: 0,
  settled: [],
  webhooks: [],
})

/** What follows from the tables of an api alone, made when it is first asked for: units ask for it again and again. */
export function ofTables<T>(
  make: (tables: Environment['tables']) => T,
): (tables: Environment['tables']) => T {
  const made = new WeakMap<Environment['tables'], { readonly value: T }>()
  return tables => {
    const known = made.get(tables) ?? { value: make(tables) }
    made.set(tables, known)
    return known.value
  }
}

/** Finds what was compiled for a definition that is named by reference. */
export function compiled<K, V>(from: ReadonlyMap<K, V>, key: K, name: string): V {
  const found = from.get(key)
  if (found !== undefined) return found
  throw new Error(
    `${name} is not part of this api. Name it in api({ resources, events, operations or tasks }); an event also where an endpoint says what it \`emits\``,
  )
}
