import type { Aim } from './aims.ts'

/** What the program is told. */
export interface Order {
  /** To serve: in the name of this account its own page writes. */
  readonly serve?: string
  /** How many milliseconds its clock is ahead. */
  readonly aheadMs?: number
  readonly aim?: Aim
}
