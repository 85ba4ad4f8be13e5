import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { between, type Database } from './database.ts'

const COUNT_CLAIMS = [
  'create table if not exists claims (delivery text not null)',
  'create index if not exists claims_of on claims (delivery)',
  `create trigger if not exists count_claims after update of fence on signalbox_queue when new.fence > old.fence
    begin insert into claims values (new.delivery_id); end`,
  `create trigger if not exists count_begun after insert on signalbox_queue when new.sending = 1
    begin insert into claims values (new.delivery_id); end`,
]

/** A file in a folder. One server at a time: those of several would share nothing but its lock. */
export function sqliteDatabase(folder: string): Database {
  const file = join(folder, 'ledger.db')
  const open = () => new DatabaseSync(file, { timeout: 5_000 })
  return {
    location: file,
    servers: 1,
    countClaims: COUNT_CLAIMS,
    troubles: [
      {
        kind: 'locked',
        async befall(_, size) {
          using db = open()
          db.exec('begin immediate')
          await sleep(between(20, 1_300, size))
          db.exec('commit')
        },
      },
      {
        kind: 'full',
        async befall(server, size) {
          server.limitFiles(logBytes(file) + Math.round(between(0, 200_000, size)))
          await sleep(between(50, 300, size))
          server.limitFiles(null)
        },
      },
    ],
    async all(sql) {
      using db = open()
      return db.prepare(sql).all()
    },
    async isFree() {
      using db = new DatabaseSync(file, { timeout: 0 })
      try {
        db.exec('begin immediate; rollback')
        return true
      } catch {
        return false
      }
    },
    async integrity() {
      using db = open()
      const rows = db.prepare('pragma integrity_check').all()
      return rows.map(row => String(row['integrity_check'])).join(', ')
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** The length of the log of a database, in bytes. */
export const logBytes = (file: string): number =>
  statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
