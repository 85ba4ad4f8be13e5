import type { FoundTable } from './catalog.ts'
import type { ChosenTable } from './choices.ts'
import type { Names } from './names.ts'

/** A chosen table as it was found. */
export interface Chosen {
  readonly choice: ChosenTable
  readonly table: FoundTable
  readonly names: Names
}
