import type { Database } from './database.ts'
import type { Acknowledged } from './load.ts'
import type { Receiver } from './receiver.ts'

// The end: what was acknowledged against what is stored, what is stored against itself, and that against what has arrived.

interface Posted {
  readonly id: string
  readonly state: string
  readonly name: string
  readonly deaths: number
}

/** By design: work that has seen so many processes die may be what kills them, so it ends as failed, and says so. */
const MAX_DEATHS = 5
const isGivenUp = ({ state, deaths }: Posted): boolean => state === 'failed' && deaths >= MAX_DEATHS

/** A row of each table that is looked at. */
interface Books {
  readonly entries: ReadonlyMap<string, string>
  readonly orders: ReadonlySet<string>
  readonly operations: readonly Posted[]
  readonly events: readonly { readonly id: string; readonly type: string; readonly name: string }[]
  readonly deliveries: readonly {
    readonly event: string
    readonly webhook: string
    readonly state: string
    readonly attempts: number
    readonly recorded: number
    /** How often it was claimed. */
    readonly claims: number
  }[]
  readonly integrity: string
}

export interface Outcome {
  /** What was promised and is not there, by name. */
  readonly lost: readonly string[]
  /** What is there twice, or half. */
  readonly wrong: readonly string[]
  readonly integrity: string
  /** Operations that were given up after five deaths of their process. */
  readonly givenUp: number
  readonly events: number
  readonly deliveries: number
}

export async function reconcile(
  database: Database,
  acknowledged: readonly Acknowledged[],
  receivers: ReadonlyMap<string, Receiver>,
): Promise<Outcome> {
  const books = await read(database)
  return {
    lost: [...lostRequests(books, acknowledged), ...lostEvents(books), ...lostDeliveries(books, receivers)],
    wrong: [...doubled(books), ...uneven(books), ...unclaimed(books, receivers), ...changedBodies(receivers)],
    integrity: books.integrity,
    givenUp: books.operations.filter(isGivenUp).length,
    events: books.events.length,
    deliveries: books.deliveries.length,
  }
}

function lostRequests(books: Books, acknowledged: readonly Acknowledged[]): string[] {
  const operations = new Map(books.operations.map(each => [each.id, each]))
  return acknowledged.flatMap(({ kind, name, id }) => {
    if (kind === 'booking' && books.entries.get(id) !== name) return [`${kind} ${name}: its row ${id}`]
    if (kind === 'order' && !books.orders.has(name)) return [`${kind} ${name}: its row`]
    if (kind !== 'posting') return []
    const operation = operations.get(id)
    if (operation?.state === 'succeeded' || (operation !== undefined && isGivenUp(operation))) return []
    return [`${kind} ${name}: its operation ${id} is ${operation?.state ?? 'not there'}`]
  })
}

/** Each change has its event, acknowledged or not. */
function lostEvents(books: Books): string[] {
  const named = eventNames(books)
  const posted = new Set(books.operations.map(({ name }) => name))
  const settled = books.operations.filter(({ state }) => state !== 'queued' && state !== 'running')
  const owed: (readonly [type: string, name: string])[] = [
    ...[...books.entries.values()].map(name => ['entry.created', name] as const),
    ...[...books.entries.values()]
      .filter(name => !posted.has(name))
      .map(name => ['entry.booked', name] as const),
    ...[...books.orders].map(name => ['order.paid', name] as const),
    ...settled.map(({ name, state }) => [`post.${state}`, name] as const),
  ]
  return owed
    .filter(([type, name]) => !named.has(`${type} ${name}`))
    .map(([type, name]) => `event ${type} of ${name}`)
}

const eventNames = ({ events }: Books): ReadonlySet<string> =>
  new Set(events.map(({ type, name }) => `${type} ${name}`))

function lostDeliveries(books: Books, receivers: ReadonlyMap<string, Receiver>): string[] {
  const known = new Map(books.deliveries.map(each => [`${each.webhook} ${each.event}`, each]))
  return books.events.flatMap(({ id, type, name }) =>
    [...receivers].flatMap(([webhook, { arrivals }]) => {
      const what = `event ${id} (${type} of ${name}) at ${webhook}`
      const delivery = known.get(`${webhook} ${id}`)
      if (delivery === undefined) return [`${what}: no delivery`]
      if (delivery.state !== 'delivered') return [`${what}: ${delivery.state}`]
      return (arrivals.get(id)?.taken ?? 0) > 0 ? [] : [`${what}: said to be delivered, and never came`]
    }),
  )
}

function doubled(books: Books): string[] {
  const twice = (what: string, names: readonly string[]): string[] => {
    const seen = new Set<string>()
    return names.flatMap(name =>
      seen.size === seen.add(name).size ? [`${what} ${name} is there twice`] : [],
    )
  }
  return [
    ...twice('the row of', [...books.entries.values()]),
    ...twice(
      'the operation of',
      books.operations.map(({ name }) => name),
    ),
    ...twice(
      'the event',
      books.events.map(({ type, name }) => `${type} ${name}`),
    ),
    ...twice(
      'the delivery',
      books.deliveries.map(({ webhook, event }) => `${event} at ${webhook}`),
    ),
  ]
}

/** Events of nothing, and attempts that were counted and not kept. */
function uneven(books: Books): string[] {
  const names = new Set([
    ...books.entries.values(),
    ...books.orders,
    ...books.operations.map(({ name }) => name),
  ])
  return [
    ...books.events
      .filter(({ name }) => !names.has(name))
      .map(({ id, type }) => `event ${id} (${type}) tells of nothing`),
    ...books.deliveries
      .filter(({ attempts, recorded }) => attempts !== recorded)
      .map(
        ({ event, attempts, recorded }) =>
          `delivery of ${event}: ${recorded} of ${attempts} attempts are kept`,
      ),
  ]
}

/** Each claim is one attempt at most, whoever makes it. */
const unclaimed = ({ deliveries }: Books, receivers: ReadonlyMap<string, Receiver>): string[] =>
  deliveries.flatMap(({ event, webhook, claims }) => {
    const times = receivers.get(webhook)?.arrivals.get(event)?.times ?? 0
    return times > claims ? [`event ${event} came ${times} times at ${webhook}, for ${claims} claims`] : []
  })

const changedBodies = (receivers: ReadonlyMap<string, Receiver>): string[] =>
  [...receivers].flatMap(([webhook, { arrivals }]) =>
    [...arrivals]
      .filter(([, { digests }]) => digests.size > 1)
      .map(([id]) => `event ${id} came at ${webhook} with other bytes`),
  )

async function read({ all, integrity }: Database): Promise<Books> {
  const entries = new Map(
    (await all('select id, name from entries')).map(row => [String(row['id']), String(row['name'])]),
  )
  const operations = (await all('select id, state, input, deaths from signalbox_operations')).map(row => ({
    id: String(row['id']),
    state: String(row['state']),
    name: (JSON.parse(String(row['input'])) as { name: string }).name,
    deaths: Number(row['deaths']),
  }))
  const posted = new Map(operations.map(({ id, name }) => [id, name]))
  /** An event of an operation has its id. */
  const nameIn = (json: unknown): string => {
    const { name, id = '' } = JSON.parse(String(json)) as { name?: string; id?: string }
    return name ?? posted.get(id) ?? ''
  }
  return {
    entries,
    operations,
    orders: new Set((await all('select name from orders')).map(row => String(row['name']))),
    events: (await all('select id, type, data from signalbox_events')).map(row => ({
      id: String(row['id']),
      type: String(row['type']),
      name: nameIn(row['data']),
    })),
    deliveries: (
      await all(`select event_id, webhook_id, state, attempt_count,
        (select count(*) from claims where delivery = id) as claims,
        (select count(*) from signalbox_attempts where delivery_id = id) as recorded from signalbox_deliveries`)
    ).map(row => ({
      event: String(row['event_id']),
      webhook: String(row['webhook_id']),
      state: String(row['state']),
      attempts: Number(row['attempt_count']),
      recorded: Number(row['recorded']),
      claims: Number(row['claims']),
    })),
    integrity: await integrity(),
  }
}
