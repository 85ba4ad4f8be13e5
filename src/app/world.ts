import type { Identified } from '../access/index.ts'
import type { Sink } from '../files/index.ts'
import type { Memory, Store } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import type { Environment, OpenReading } from '../unit/index.ts'
import type { Live } from '../webhooks/index.ts'
import type { Bodies } from './bodies.ts'
import type { CompiledApi } from './compile.ts'
import type { Request, WholeAnswer } from './exchange.ts'
import type { RunningKeys } from './kept.ts'
import type { ApiLimiter } from './limits.ts'
import type { Limits } from './reading.ts'
import type { Waits } from './waits.ts'

/** What the journey needs of the world. */
export interface Journey {
  readonly compiled: CompiledApi
  readonly store: Store
  readonly env: Environment
  readonly openReading: OpenReading
  /** Who calls: by a key, or by a session of the portal. Undefined where the request has neither. */
  readonly authenticate: (request: Request) => Identified | Promise<Identified>
  /** Whether a cookie tells who calls. */
  readonly isBySession: (request: Request) => boolean
  /** To GETs whose answers follow from rows alone. */
  readonly answers: Memory<WholeAnswer>
  readonly running: RunningKeys
  readonly limiter: ApiLimiter
  /** For the end of operations. */
  readonly waits: Waits
  /** Told of the id of each key that was used. */
  readonly noteUse: (key: string, now: number) => void
  /** Lists that go on as long as somebody follows them. */
  readonly live: Live
  /** Through the egress guard. */
  readonly fetch: typeof fetch
  /** Where files are kept; undefined where the api has none. */
  readonly sink: Sink | undefined
  readonly limits: Limits
  readonly bodies: Bodies
  readonly failed: Failed
}
