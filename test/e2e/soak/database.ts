import type { Location } from '../../store-at.ts'
import type { Server } from './server.ts'

/** What differs between the databases that a soak runs on. */
export interface Database extends AsyncDisposable {
  /** As its servers are told. */
  readonly location: Location
  /** Servers that run on it at once. */
  readonly servers: number
  /** What can befall it, or the way to it. */
  readonly troubles: readonly StoreTrouble[]
  /** Runs a statement on a connection that is none of the servers'. */
  all(sql: string): Promise<readonly Row[]>
  /** Statements that have each claim of a delivery counted in the table `claims`. */
  readonly countClaims: readonly string[]
  /** Whether no server is within a transaction that holds up all others. */
  isFree(): Promise<boolean>
  /** `ok`, or what is broken. */
  integrity(): Promise<string>
}

export interface Row {
  readonly [column: string]: unknown
}

export interface StoreTrouble {
  readonly kind: string
  /** From this random number in [0, 1) follows how long, or how much. */
  befall(server: Server, size: number): Promise<void>
}

/** A number between two, by a random one. */
export const between = (least: number, most: number, size: number): number => least + size * (most - least)
