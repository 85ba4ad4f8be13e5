import { folder } from 'signalbox/folder'
import { sqlite } from 'signalbox/sqlite'
import type { OpenStore } from 'signalbox/store'

/**
 * The database that `DATABASE_URL` names: a file's path, `file:` and a path, or `postgres://user:password@host/database`.
 * Default: `data/newsroom.db`.
 */
export function database(url: string = process.env['DATABASE_URL'] ?? 'data/newsroom.db'): OpenStore {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]
  if (scheme === undefined) return sqlite(url)
  if (scheme === 'file' || scheme === 'sqlite')
    return sqlite(url.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, ''))
  if (scheme === 'postgres' || scheme === 'postgresql')
    return async () => (await import('signalbox/postgres')).postgres(url)()
  throw new Error(
    `DATABASE_URL begins with '${scheme}:'. It is the path of a SQLite file, such as data/newsroom.db, or begins with postgres://.`,
  )
}

/** Where images are kept: the folder that `FILES` names. Default: `data/files`. */
export const keptFiles = folder(process.env['FILES'] ?? 'data/files')

/** Where `PORT` says. Default: 8080. */
export const port = Number(process.env['PORT'] ?? 8080)

/** The name of the account that the example's own keys belong to. */
export const DEMO_ACCOUNT = 'demo'
