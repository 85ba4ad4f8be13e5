import { sha256 } from '../../base/index.ts'

const VERSION_DIGITS = 8

/**
 * What a resource's changes are filed under. Another version of the program, on the same database, files other columns
 * under another name, and neither takes the other's for its own.
 *
 * @param filed what is filed, and how it is read.
 */
export const watchName = (resource: string, filed: object): string =>
  `${resource}_${sha256(JSON.stringify(filed), 'hex').slice(0, VERSION_DIGITS)}`

export const watchedResource = (name: string): string => name.slice(0, -1 - VERSION_DIGITS)
