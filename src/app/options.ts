import type { RequestLogOptions } from '../access/index.ts'
import type { Clock, Random } from '../base/index.ts'
import type { Api, EventType, Route, Unit } from '../contract/index.ts'
import type { OpenSink } from '../files/index.ts'
import type { CorsPolicy } from '../http/index.ts'
import type { AsyncConnection, OpenStore, SyncConnection } from '../store/index.ts'
import type { Failed, LogOptions } from '../telemetry/index.ts'
import type { EmitOptions } from '../unit/index.ts'
import type { EgressPolicy } from '../webhooks/index.ts'
import type { Accounts } from './accounts.ts'
import type { Answer, Request } from './exchange.ts'
import type { Keep } from './keep.ts'
import type { MetricsAccess } from './metrics.ts'
import type { Limits } from './reading.ts'

export interface AppOptions {
  /** `sqlite('data/newsroom.db')` */
  readonly store: OpenStore
  /**
   * Where browsers find this server: `https://api.example.com`. With `https:` the portal's cookie goes over https only.
   * Default: plain http.
   */
  readonly publicUrl?: string
  /**
   * Your application's own sign-in: answers the id of the account that a request without a key is for, undefined where
   * nobody is signed in. A request that another site's page has a browser send with its cookies is not shown to it.
   */
  readonly authenticate?: (request: Request) => string | undefined | Promise<string | undefined>
  /**
   * How many proxies of yours every request comes through, each adding to `X-Forwarded-For`. With a number too high callers
   * can choose their address. Default: 0, the field is not believed.
   */
  readonly proxies?: number
  /**
   * How many processes serve this database at most, those of an overlapping deployment included. Rate limits then hold for all
   * of them together, counted in the database; of one they are counted in memory. Default: 1.
   */
  readonly processes?: number
  /**
   * Networks that webhooks and `fetch` in handlers may reach besides the public internet, and the proxy that they go through.
   * Default: none.
   */
  readonly egress?: EgressPolicy
  /**
   * Whether this process runs operations and sends deliveries. Default: true. A program that only issues a key, say,
   * leaves them to others.
   */
  readonly work?: boolean
  /**
   * Pages of which other origins may call the api out of a browser: `{ origins: ['https://app.example.com'] }`. Default: none.
   */
  readonly cors?: CorsPolicy
  /** Where files are kept: `folder('data/files')`. An api that takes or answers files needs it. */
  readonly files?: OpenSink
  /** Default: a body of 1 MiB, 64 levels deep, with 10,000 values; 64 MiB of bodies at once; for files, 30 s of patience; 1,000 streams of events, 10 of one account. */
  readonly limits?: Partial<Limits>
  /**
   * Told of our own faults, which callers learn nothing of: with the error itself, which may quote what a caller sent.
   * Default: the log is told.
   */
  readonly failed?: (error: unknown, where: string) => void
  /** What is written of requests and faults, without secrets. Default: faults, as lines of JSON on standard error, or in words where that is a terminal. */
  readonly log?: LogOptions
  /** Who may read `/metrics`: `{ key: process.env.METRICS_KEY }`, `{ addresses: ['10.0.0.0/8'] }`. Default: nobody. */
  readonly metrics?: MetricsAccess
  /** How many requests of accounts are kept, and for how long, in `/requests`; false: none. Default: 7 days. */
  readonly requestLog?: RequestLogOptions | false
  /**
   * What seals the secrets of webhooks in the database: 32 bytes each, as base64 or hex, kept elsewhere. The first seals; the
   * others open what they sealed before, until that is sealed anew. Default: secrets are stored as they are.
   */
  readonly secretKeys?: readonly string[]
  /** How long what is past is kept, by kind: `{ events: '365 days' }`. What is still to be done is kept whatever its age. */
  readonly keep?: Keep
  readonly clock?: Clock
  readonly random?: Random
}

/** An api on a store, at work. */
export interface App {
  readonly api: Api
  /** Every method and path that it answers, Signalbox's own included. */
  readonly routes: readonly Route[]
  /** Reports what is our own fault, as `AppOptions.failed` is told of it. Never throws. */
  readonly failed: Failed
  /** Answers one request, at once where there is nothing to wait for; never rejects. Runtimes call it. */
  answer(request: Request): Answer | Promise<Answer>
  /** A unit of work of the program's own, in the name of an account. */
  unit<T>(account: string, work: (unit: Unit) => Promise<T>): Promise<T>
  /**
   * Records an event in a transaction that the application has begun on a connection of its own, to the same database: it is
   * committed or undone with it, and delivered once it is committed. Answers the event's id: with node:sqlite at once, else await it.
   *
   * @throws UnfitConnection where `tx` is no such connection, AnswerMismatch where the data are not what the schema says.
   */
  emit<D>(type: EventType<string, D>, data: NoInfer<D>, to: EmitOptions<SyncConnection>): string
  emit<D>(type: EventType<string, D>, data: NoInfer<D>, to: EmitOptions<AsyncConnection>): Promise<string>
  readonly accounts: Accounts
  /** From here on `/readyz` answers 503 and no new work is begun; what is under way ends or is given back. */
  drain(): void
  /** Lets work end or gives it back, and closes the store. */
  close(): Promise<void>
}
