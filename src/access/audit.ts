import * as z from 'zod'
import { earliestId, type NewId, type UnixMs } from '../base/index.ts'
import { type Caller, resource, type Sql } from '../contract/index.ts'
import { createSweep, type TakePast } from '../store/index.ts'

const AuditEntry = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    action: z.string().describe('What was done: `key.created`'),
    subject: z.string().nullable().describe('The id of what it was done to'),
    by: z
      .enum(['key', 'session', 'application'])
      .describe('A key, somebody signed in, or the program that serves the api'),
    key_id: z.string().nullable().describe('The key that it was done with'),
    address: z.string().nullable().describe('Where the request came from'),
  })
  .describe('Something that was done to a key or a webhook')

/** What was done to keys and webhooks. An entry commits with what it tells of, and nothing changes it. */
export const auditEntries = resource('audit_entry', {
  path: '/audit',
  schema: AuditEntry,
  owner: 'account_id',
  table: 'signalbox_audit',
  prefix: 'aud',
  methods: ['list'],
  events: false,
  description: 'Who did what to the keys and webhooks of the account, and when.',
})

const INSERT = `insert into signalbox_audit (id, account_id, at, action, subject, "by", key_id, address)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`

/** Something done, for the log. */
export interface Audited {
  readonly account: string
  readonly action: string
  readonly subject: string | null
  /** Who did it; undefined where it is the application's program itself. */
  readonly caller: Caller | undefined
  readonly now: Date
}

export async function writeAudit(sql: Pick<Sql, 'run'>, newId: NewId, done: Audited): Promise<void> {
  const { account, action, subject, caller, now } = done
  const key = caller?.key ?? null
  const by = caller === undefined ? 'application' : key === null ? 'session' : 'key'
  await sql.run(
    INSERT,
    newId('aud'),
    account,
    now.toISOString(),
    action,
    subject,
    by,
    key,
    caller?.address ?? null,
  )
}

/** Takes away entries up to an id. Ids tell when they were made. */
export const createAuditSweep = (): TakePast =>
  createSweep({ table: 'signalbox_audit', key: 'id', first: '', past: 'id < $2', most: 500 })

/** That of the first entry which was made at a time or later. */
export const auditFrom = (at: UnixMs): string => earliestId(auditEntries.prefix, at)
