import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modified } from '../scripts/portal.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * When what fits the patterns was last changed, each, in milliseconds. Folders too: they change where a file is taken away. The lockfile
 * stands for the libraries.
 */
export const changes = (patterns: readonly string[]): readonly number[] =>
  globSync(patterns, { cwd: ROOT }).flatMap(path => modified(join(ROOT, path)) ?? [])
