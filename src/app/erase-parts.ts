import type { Resource, Sql } from '../contract/index.ts'
import { type Dialect, quoted, type Value } from '../store/index.ts'

// What is erased, kind by kind, each by an index of the account's own rows and so many at a time.

/** How far one part is: how many rows went in this slice, and where the next begins; undefined where there is none. */
export interface Erased {
  readonly rows: number
  readonly next: string | undefined
  /** The ids of webhooks that went. */
  readonly webhooks?: readonly string[]
}

/** One kind. `at` is `''` at first, then what the slice before it answered as `next`. */
export type Part = (sql: Sql, at: string) => Promise<Erased>

/** Rows that go in one unit, or that are looked at. */
const SLICE = 200

/** Takes rows away by their owner until there are none. Statements before the last take what belongs to them. */
const bySlices =
  (owner: Value, take: (some: string) => readonly string[], from: string, ...values: string[]): Part =>
  async sql => {
    let rows = 0
    for (const statement of take(`(${from} limit ${SLICE})`))
      rows = await sql.run(statement, owner, ...values)
    return { rows, next: rows < SLICE ? undefined : 'more' }
  }

const all = (
  table: string,
  owner: Value,
  { key = 'id', where = 'account_id = $1' } = {},
  ...values: string[]
): Part =>
  bySlices(
    owner,
    some => [`delete from ${table} where ${key} in ${some}`],
    `select ${key} from ${table} where ${where}`,
    ...values,
  )

/** From here on nothing more is sent. What their lanes hold goes as for any webhook that is deleted: ids, and times. */
const webhooksOf = (account: string): Part => {
  const from = 'select id from signalbox_webhooks where account_id = $1 order by id'
  const remove = bySlices(
    account,
    some => [
      `update signalbox_lanes set stopped = 0, held = 1, ready_at = 0 where webhook_id in ${some}`,
      `delete from signalbox_webhooks where id in ${some}`,
    ],
    from,
  )
  return async (sql, at) => {
    const webhooks = await sql.all(`${from} limit ${SLICE}`, account)
    return { ...(await remove(sql, at)), webhooks: webhooks.map(({ id }) => String(id)) }
  }
}

const deliveriesOf = (account: string): Part =>
  bySlices(
    account,
    some => [
      `delete from signalbox_attempts where delivery_id in ${some}`,
      `delete from signalbox_deliveries where id in ${some}`,
    ],
    'select id from signalbox_deliveries where account_id = $1 order by id',
  )

const eventsOf = (account: string): Part =>
  bySlices(
    account,
    some => [
      `delete from signalbox_payloads where event_id in ${some}`,
      `delete from signalbox_events where id in ${some}`,
    ],
    'select id from signalbox_events where account_id = $1 order by position',
  )

/** Their bytes go once the unit has committed. */
const filesOf = (account: string): Part =>
  bySlices(
    account,
    some => [
      `insert into signalbox_deleted_files (id) select id from signalbox_files where id in ${some} on conflict do nothing`,
      `delete from signalbox_files where id in ${some}`,
    ],
    'select id from signalbox_files where account_id = $1 order by id',
  )

/** There is no index by account: what was kept within a day is walked through. */
const answersOf =
  (account: string, { rowName }: Dialect, only = 'true', ...values: string[]): Part =>
  async (sql, at) => {
    const from = at === '' ? -1 : Number(at)
    const slice = `select ${rowName} as number from signalbox_idempotency where ${rowName} > $1 order by ${rowName} limit 2000`
    const last = (await sql.get(`select max(number) as last from (${slice}) as slice`, from))?.['last']
    if (last == null) return { rows: 0, next: undefined }
    const remove = `delete from signalbox_idempotency
      where ${rowName} > $1 and ${rowName} <= $2 and account_id = $3 and ${only}`
    return { rows: await sql.run(remove, from, Number(last), account, ...values), next: `${Number(last)}` }
  }

/** Rows that refer to others go before them, as far as that can be. */
function byReference(resources: readonly Resource[]): readonly Resource[] {
  const ordered: Resource[] = []
  const open = new Set<Resource>()
  const visit = (resource: Resource): void => {
    if (open.has(resource)) return
    open.add(resource)
    for (const { to } of Object.values(resource.relations)) visit(to)
    ordered.unshift(resource)
  }
  for (const resource of resources) visit(resource)
  return ordered
}

const rowsOf = ({ account, resources, ownerValue }: Whole): readonly Part[] =>
  byReference(resources)
    .filter(({ owner }) => owner !== 'shared')
    .map(resource => ({ ...resource, value: ownerValue(resource, account) }))
    .filter(({ value }) => value !== null)
    .map(({ table, owner, value }) => all(quoted(table), value, { where: `${quoted(owner)} = $1` }))

interface Whole {
  readonly account: string
  readonly resources: readonly Resource[]
  readonly ownerValue: (resource: Resource, account: string) => Value
  readonly dialect: Dialect
  /** The operation or task that erases: it goes last, by itself. */
  readonly self: string
}

/**
 * An account's data. Webhooks first, so that nothing more is sent; rows before events, since triggers file their going; and
 * the log of requests towards the end, since each process writes the last second of it late.
 */
export const dataParts = (whole: Whole): readonly Part[] => {
  const { account, dialect, self } = whole
  return [
    webhooksOf(account),
    ...rowsOf(whole),
    deliveriesOf(account),
    // Before events, which it may become.
    ...(dialect.emitsBySql ? [all('signalbox_emitted', account)] : []),
    eventsOf(account),
    filesOf(account),
    all('signalbox_operations', account, { where: 'account_id = $1 and id <> $2' }, self),
    all(
      'signalbox_operations',
      account,
      { where: 'actor_id = $1 and account_id is null and id <> $2' },
      self,
    ),
    answersOf(account, dialect),
    all('signalbox_requests', account),
  ]
}

/** What else there is of an account. */
export const accountParts = (account: string): readonly Part[] => [
  all('signalbox_audit', account),
  all('signalbox_quotas', account, { key: 'account_id' }),
  all('signalbox_sign_ins', account, { key: 'digest' }),
  all('signalbox_keys', account),
  all('signalbox_accounts', account, { where: 'id = $1' }),
]

/** A walk through an account's rows, of which those go that hold the subject. */
const holding =
  (
    account: string,
    {
      table,
      key,
      holds,
      only = 'true',
      slice = SLICE,
    }: { table: string; key: string; holds: string; only?: string; slice?: number },
    take: readonly ((some: string) => string)[],
    ...values: string[]
  ): Part =>
  async (sql, at) => {
    const isNumber = key === 'position'
    const from = isNumber ? Number(at) : at
    const next = `select max(${key}) as last from
      (select ${key} from ${table} where account_id = $1 and ${only} and ${key} > $2 order by ${key} limit ${slice}) as slice`
    const last = (await sql.get(next, account, from))?.['last']
    if (last == null) return { rows: 0, next: undefined }
    const to = last as string | number
    const some = `(select id from ${table} where account_id = $1 and ${key} > $2 and ${key} <= $3 and ${only} and (${holds}))`
    let rows = 0
    for (const statement of take) rows = await sql.run(statement(some), account, from, to, ...values)
    return { rows, next: String(to) }
  }

/** Exactly, with its case: `like` differs between stores. */
const isIn = (column: string, needle: string): string =>
  `replace(coalesce(${column}, ''), ${needle}, '') <> coalesce(${column}, '')`

/** What is kept of one row of an account, by its id: wherever the id is a value, the whole of it goes. */
export function subjectParts(account: string, subject: string, { dialect, self }: Whole): readonly Part[] {
  const value = JSON.stringify(subject)
  const ofEvents = (some: string): string => `(select id from signalbox_deliveries where event_id in ${some})`
  const inOperation = ['input', 'memory', 'progress', 'result', 'problem']
    .map(column => isIn(column, '$4'))
    .join(' or ')
  const emitted = { table: 'signalbox_emitted', key: 'id', holds: isIn('data', '$4') }
  const takeEmitted = (some: string): string => `delete from signalbox_emitted where id in ${some}`
  const events = {
    table: 'signalbox_events',
    holds: `${isIn('data', '$4')} or ${isIn('before', '$4')}`,
    slice: 50,
  }
  const takeEvents = [
    (some: string) => `delete from signalbox_attempts where delivery_id in ${ofEvents(some)}`,
    (some: string) => `delete from signalbox_ordered where (webhook_id, order_key, delivery_id) in
      (select webhook_id, order_key, id from signalbox_deliveries where event_id in ${some} and order_key is not null)`,
    (some: string) => `delete from signalbox_deliveries where event_id in ${some}`,
    (some: string) => `delete from signalbox_payloads where event_id in ${some}`,
    (some: string) => `delete from signalbox_events where id in ${some}`,
  ]
  return [
    ...(dialect.emitsBySql ? [holding(account, emitted, [takeEmitted], value)] : []),
    holding(account, { ...events, key: 'position' }, takeEvents, value),
    // Those that are yet to be numbered.
    holding(account, { ...events, key: 'id', only: 'position is null' }, takeEvents, value),
    holding(
      account,
      { table: 'signalbox_operations', key: 'id', holds: `id <> $5 and (${inOperation})` },
      [some => `delete from signalbox_operations where id in ${some}`],
      value,
      self,
    ),
    holding(
      account,
      { table: 'signalbox_requests', key: 'id', holds: isIn('path', '$4') },
      [some => `delete from signalbox_requests where id in ${some}`],
      subject,
    ),
    answersOf(account, dialect, `(${isIn('body', '$4')} or ${isIn('headers', '$5')})`, value, subject),
    async sql => {
      const FILE = 'from signalbox_files where id = $1 and account_id = $2'
      const put = `insert into signalbox_deleted_files (id) select id ${FILE} on conflict do nothing`
      await sql.run(put, subject, account)
      return { rows: await sql.run(`delete ${FILE}`, subject, account), next: undefined }
    },
  ]
}
