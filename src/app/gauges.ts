import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../base/index.ts'
import type { Row, Store } from '../store/index.ts'
import type { Meter, Reading } from '../telemetry/index.ts'

// What is not counted as it happens but looked at when somebody asks. Each look is a walk along an index of what is still to
// be done, and ends after so many rows: whoever measures a backlog must not add to it.

/** Beyond it a backlog is told as this many. */
const MOST = 10_000

const counted = (table: string, condition: string): string =>
  `select count(*) as rows from (select 1 from ${table} where ${condition} limit ${MOST}) as found`
const NEW_EVENTS = counted('signalbox_events', 'dispatched = 0')
const EMITTED = { waiting: 'fault is null', faulty: 'fault is not null' } as const
const OLDEST_EVENT = 'select created_at from signalbox_events where dispatched = 0 order by position limit 1'
const DELIVERIES = counted('signalbox_queue', 'sending = 0')
const FIRST_LANE =
  'select min(ready_at) as ready_at from signalbox_lanes where ready_at is not null and slow = $1'
const UNWELL = `select state, count(*) as rows from
  (select state from signalbox_webhooks where state <> 'active' limit ${MOST}) as unwell group by state`
const OPERATIONS = `select state, count(*) as rows from
  (select state from signalbox_operations where due_at is not null limit ${MOST}) as waiting group by state`

/** Answers what stops measuring. */
export function observeGauges(meter: Meter, store: Store, clock: Clock): () => void {
  observeStore(meter, store)
  observeQueues(meter, store, clock)
  observeProcess(meter)
  return observeLoop(meter, clock)
}

function observeStore(meter: Meter, { figures }: Store): void {
  const units = 'Units of work that shared a commit.'
  meter.show(
    { name: 'signalbox.store.commit.units', unit: '{unit}', description: units },
    figures.commitUnits,
  )
  const flushes = 'Flushes of what was committed onto the disk.'
  meter.show(
    { name: 'signalbox.store.flush.duration', unit: 's', description: flushes },
    figures.flushSeconds,
  )
  const size = { name: 'signalbox.store.size', unit: 'By', description: 'The database on the disk.' }
  meter.observe('gauge', size, async () => [{ value: await figures.size() }])
}

function observeQueues(meter: Meter, { peek, dialect }: Store, clock: Clock): void {
  const number = (row: Row | undefined, column: string): number => Number(row?.[column] ?? 0)
  const seconds = (since: number): readonly Reading[] => [{ value: Math.max(0, clock.now() - since) / 1000 }]
  const gauge = (name: string, unit: string, description: string, read: () => Promise<readonly Reading[]>) =>
    meter.observe('gauge', { name, unit, description }, read)

  gauge('signalbox.event.pending', '{event}', 'Events whose deliveries are yet to be written.', async () => [
    { value: number(await peek.get(NEW_EVENTS), 'rows') },
  ])
  gauge('signalbox.event.lag', 's', 'How long the oldest of them has waited.', async () => {
    const oldest = await peek.get(OLDEST_EVENT)
    return oldest === undefined ? [{ value: 0 }] : seconds(Date.parse(String(oldest['created_at'])))
  })
  const emitted = 'Emitted by SQL: what waits for its schema to be asked, and what does not fit it.'
  if (dialect.emitsBySql) {
    gauge('signalbox.event.emitted', '{event}', emitted, () =>
      Promise.all(
        Object.entries(EMITTED).map(async ([state, condition]) => ({
          value: number(await peek.get(counted('signalbox_emitted', condition)), 'rows'),
          attributes: { 'signalbox.event.state': state },
        })),
      ),
    )
  }
  gauge('signalbox.delivery.pending', '{delivery}', 'Deliveries that wait for an attempt.', async () => [
    { value: number(await peek.get(DELIVERIES), 'rows') },
  ])
  const lag = 'How long the first webhook has waited that something could be sent to.'
  gauge('signalbox.delivery.lag', 's', lag, async () => {
    const lanes = await Promise.all([0, 1].map(slow => peek.get(FIRST_LANE, slow)))
    const ready = lanes.flatMap(row => (row?.['ready_at'] == null ? [] : [Number(row['ready_at'])]))
    return ready.length === 0 ? [{ value: 0 }] : seconds(Math.min(...ready))
  })
  gauge('signalbox.webhook.unwell', '{webhook}', 'Webhooks that fail, or are disabled.', async () => {
    const rows = await peek.all(UNWELL)
    return ['failing', 'disabled'].map(state => ({
      value: number(
        rows.find(row => row['state'] === state),
        'rows',
      ),
      attributes: { 'signalbox.webhook.state': state },
    }))
  })
  gauge('signalbox.operation.pending', '{operation}', 'Operations that are not settled.', async () => {
    const rows = await peek.all(OPERATIONS)
    return ['queued', 'running'].map(state => ({
      value: number(
        rows.find(row => row['state'] === state),
        'rows',
      ),
      attributes: { 'signalbox.operation.state': state },
    }))
  })
}

function observeProcess(meter: Meter): void {
  const memory = { name: 'process.memory.usage', unit: 'By', description: 'Memory that the process holds.' }
  meter.observe('gauge', memory, () => [{ value: process.memoryUsage.rss() }])
  const cpu = { name: 'process.cpu.time', unit: 's', description: 'Time that the process was at work.' }
  meter.observe('counter', cpu, () => {
    const { user, system } = process.cpuUsage()
    return [
      { value: user / 1e6, attributes: { 'cpu.mode': 'user' } },
      { value: system / 1e6, attributes: { 'cpu.mode': 'system' } },
    ]
  })
}

/** Whoever looks several times within it sees one and the same. */
const LOOK_MS = 1_000

/** What held up the event loop since the last look. */
function observeLoop(meter: Meter, clock: Clock): () => void {
  const delays = monitorEventLoopDelay()
  delays.enable()
  let lookedAt = Number.NEGATIVE_INFINITY
  let seen = { max: 0, p50: 0, p99: 0 }
  const look = (): typeof seen => {
    if (clock.elapsed() - lookedAt >= LOOK_MS) {
      lookedAt = clock.elapsed()
      seen = { max: delays.max / 1e9, p50: delays.percentile(50) / 1e9, p99: delays.percentile(99) / 1e9 }
      delays.reset()
    }
    return seen
  }
  for (const which of ['p50', 'p99', 'max'] as const) {
    const description = `How late the event loop came to a timer, ${which} since the last look.`
    meter.observe('gauge', { name: `nodejs.eventloop.delay.${which}`, unit: 's', description }, () => [
      { value: look()[which] },
    ])
  }
  return () => void delays.disable()
}
