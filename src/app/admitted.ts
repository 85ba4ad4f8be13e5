import type { Caller, StoredFile, Unit } from '../contract/index.ts'
import type { Conditions } from '../http/index.ts'
import type { Request } from './exchange.ts'
import type { Served } from './observe.ts'
import type { Body } from './reading.ts'
import type { Rendered } from './render.ts'

/** A request that may be served. */
export interface Admitted extends Rendered {
  readonly request: Request
  readonly requestId: string
  readonly served: Served
  /** What the caller takes, as the field or the path's suffix has it. */
  readonly accept: string | undefined
  readonly body: Body
  /** What must hold for a change; undefined where nothing is asked for. */
  readonly guards: Conditions | undefined
  readonly call: Call
}

/** What handlers are given of it. */
export interface Call {
  readonly params: { readonly [name: string]: string }
  readonly input: unknown
  readonly account: string | undefined
  readonly caller: Caller | undefined
  readonly files: { readonly [name: string]: StoredFile }
}

/** What a handler is given, with one spread: a second would take longer than all the rest. */
export const handed = (
  unit: Omit<Unit, 'now'>,
  now: Date,
  { params, input, account, caller, files }: Call,
  prepared: unknown,
) => ({ ...unit, now, params, input, account, caller, files, prepared })
