import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../seeded.ts'
import { planRound, type Round, type Trouble } from './faults.ts'
import { type Acknowledged, startLoad } from './load.ts'
import { postgresDatabase } from './on-postgres.ts'
import { sqliteDatabase } from './on-sqlite.ts'
import { type Outcome, reconcile } from './reconcile.ts'
import type { Server } from './server.ts'
import { inFlight, leap, openSite, openWork, orderOf, type Site } from './site.ts'

export interface SoakOptions {
  readonly store: 'sqlite' | 'postgres'
  readonly kills: number
  readonly seed: number
  /** Whether work that kills left is waited for; else the clock is moved past its lease, after every other kill and the last. */
  readonly patient: boolean
  /** No kill comes after so many. Default: none is left out for it. */
  readonly minutes?: number
  readonly tell?: (line: string) => void
}

export interface SoakReport extends Outcome {
  readonly seed: number
  readonly seconds: number
  readonly acknowledged: number
  /** Kills, by the moment at which they hit. */
  readonly kills: { readonly [moment: string]: number }
  readonly troubles: { readonly [kind: string]: number }
  readonly unexpected: readonly string[]
  readonly arrivals: number
  /** Arrivals at the steady receiver beyond one of each event. */
  readonly duplicates: number
  /**
   * Deliveries that were claimed as a process died or slept past its leases, or as a clock leapt past them: each may come again.
   * Where several processes work, those of all are counted: which of them has claimed it is not stored.
   */
  readonly inFlight: number
  /**
   * The longest time for which nobody tried to tell the steady receiver of what was answered: to the first attempt, from the
   * answer, or from the last restart where one came in between.
   */
  readonly longestGapMs: number
}

/** How long is waited, once nobody kills any more, for something further to be settled: two leases. */
const PATIENCE_MS = 60_000
/** How long an aimed kill is waited for before it is one at any moment. */
const AIM_MS = 2_000
const LEASE_MS = 30_000
/** How often a server is started before it is given up. */
const STARTS = 3

/** Kills a server again and again under load, with all kinds of trouble in between, and reconciles at the end. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { store, kills, seed, patient, minutes = Number.POSITIVE_INFINITY, tell = () => undefined } = options
  const began = performance.now()
  const isInTime = (): boolean => performance.now() - began < minutes * 60_000
  const random = seeded(seed)
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-soak-'))
  const database = store === 'sqlite' ? sqliteDatabase(folder) : await postgresDatabase()
  const site = await openSite(database, folder)
  const lives: Life[] = []
  const counts = { kills: {} as Record<string, number>, troubles: {} as Record<string, number>, inFlight: 0 }
  const count = (of: Record<string, number>, what: string): void => {
    of[what] = (of[what] ?? 0) + 1
  }
  const load = startLoad({ url: inTurn(site), key: site.key, writers: 8, restMs: 40 })
  try {
    for (let number = 0; number < kills && isInTime(); number++) {
      site.server = site.running[number % site.running.length] ?? site.server
      const round = planRound(number, random, database.troubles)
      if (round.trouble !== undefined) count(counts.troubles, nameOf(round.trouble))
      if (isPastLeases(site, round.trouble)) counts.inFlight += await inFlight(site)
      count(counts.kills, await killOnce(site, round))
      const diedAt = performance.now()
      counts.inFlight += await inFlight(site)
      // What the dead have claimed keeps its webhook's places until its lease ends, and no further attempt could be hit.
      if (!patient && number % 2 === 1) {
        await leap(site, LEASE_MS)
        // Of those that live on it is past their leases as well.
        if (site.running.length > 1) counts.inFlight += await inFlight(site)
      }
      site.server = await startAgain(site)
      lives.push({ diedAt, listensAt: performance.now() })
      if (number % 20 === 19) tell(`${number + 1} kills, ${load.acknowledged.length} acknowledged`)
    }
    await site.wild.turn('well')
    await load.stop()
    await settleAll(site, patient)
    for (const server of site.running) {
      server.signal('SIGTERM')
      await server.ended
    }
    const { arrivals } = site.steady
    const times = [...arrivals.values()].reduce((sum, each) => sum + each.times, 0)
    return {
      seed,
      seconds: Math.round((performance.now() - began) / 1000),
      acknowledged: load.acknowledged.length,
      ...counts,
      unexpected: load.unexpected,
      arrivals: times,
      duplicates: times - arrivals.size,
      longestGapMs: await longestGap(site, load.acknowledged, lives),
      ...(await reconcile(database, load.acknowledged, site.receivers)),
    }
  } finally {
    await site.close()
    await database[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
}

/** As a supervisor does: one that finds no database when it begins ends, and is started once more. */
async function startAgain(site: Site): Promise<Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await site.servers.start(orderOf(site))
    } catch (error) {
      if (tries === STARTS) throw error
    }
  }
}

/** Asks the servers one after another. */
function inTurn({ running }: Site): () => string {
  let turn = 0
  return () => running[turn++ % running.length]?.url ?? ''
}

const nameOf = (trouble: Trouble): string => (trouble.kind === 'store' ? trouble.of.kind : trouble.kind)

/** Whether what is under way may be begun by another meanwhile: by the one process itself it is not. */
const isPastLeases = ({ running }: Site, trouble: Trouble | undefined): boolean =>
  trouble?.kind === 'overslept' || (trouble?.kind === 'clock' && running.length > 1)

/** Answers at which moment the server died. */
async function killOnce(site: Site, { trouble, liveMs, aim }: Round): Promise<string> {
  const over = trouble === undefined ? Promise.resolve() : suffer(site, trouble)
  if (trouble?.kind === 'ended' || trouble?.kind === 'overslept') await over
  await sleep(liveMs)
  if (aim !== undefined) await site.server.tell({ aim })
  const died = await Promise.race([
    site.server.ended.then(() => true),
    sleep(aim === undefined ? 0 : AIM_MS).then(() => false),
  ])
  if (!died) site.server.signal('SIGKILL')
  await site.server.ended
  await over
  return died && aim !== undefined ? aim.moment : 'any'
}

async function suffer(site: Site, trouble: Trouble): Promise<void> {
  const { server } = site
  switch (trouble.kind) {
    case 'stopped':
      server.signal('SIGSTOP')
      await sleep(trouble.ms)
      return server.signal('SIGCONT')
    case 'store':
      return trouble.of.befall(server, trouble.size)
    case 'clock':
      return leap(site, trouble.aheadMs - site.aheadMs)
    case 'receiver':
      return site.wild.turn(trouble.mood)
    case 'ended':
      server.signal('SIGTERM')
      await server.ended
      site.server = await startAgain(site)
      return
    case 'overslept':
      return oversleep(site)
  }
}

/** What the one has claimed is taken over by the other; then both work. */
async function oversleep(site: Site): Promise<void> {
  const { server } = site
  await stopWithoutLock(site)
  const other = await site.servers.start(orderOf(site))
  site.server = other
  await sleep(LEASE_MS + 1_000)
  server.signal('SIGCONT')
  await sleep(1_000)
  server.signal('SIGTERM')
  await server.ended
}

/** A process that is stopped while it has the write lock stops the others too: that is another trouble, and an end of its own. */
async function stopWithoutLock({ server, database }: Site): Promise<void> {
  for (;;) {
    server.signal('SIGSTOP')
    // The signal takes its time.
    await sleep(20)
    if (await database.isFree()) return
    server.signal('SIGCONT')
    await sleep(5)
  }
}

async function settleAll(site: Site, patient: boolean): Promise<void> {
  const [steady] = site.receivers.keys()
  const none = async (webhook?: string): Promise<boolean> => {
    let until = performance.now() + PATIENCE_MS
    let least = Number.POSITIVE_INFINITY
    for (;;) {
      const open = await openWork(site, webhook)
      if (open === 0) return true
      // A backlog that shrinks is waited for.
      if (open < least) until = performance.now() + PATIENCE_MS
      else if (performance.now() > until) return false
      least = Math.min(least, open)
      await sleep(200)
    }
  }
  if (patient) await none(steady)
  else await leap(site, LEASE_MS)
  await none(steady)
  // What the other one refused is tried again hours later.
  for (let days = 0; days < 5 && (await openWork(site)) > 0; days++) {
    await leap(site, 29 * 3_600_000)
    await sleep(1_500)
  }
  await none()
}

/** From a death to the next. */
interface Life {
  readonly diedAt: number
  readonly listensAt: number
}

async function longestGap(
  site: Site,
  acknowledged: readonly Acknowledged[],
  lives: readonly Life[],
): Promise<number> {
  const answeredAt = new Map(acknowledged.map(({ name, at }) => [name, at]))
  let longest = 0
  for (const { id, data } of await site.database.all('select id, data from signalbox_events')) {
    const { name } = JSON.parse(String(data)) as { name?: string }
    if (name === undefined) continue
    const sent = site.steady.arrivals.get(String(id))?.firstAt ?? Number.NaN
    // Where others live on, a death is no excuse.
    const life = site.running.length > 1 ? undefined : lives.findLast(({ diedAt }) => diedAt < sent)
    // It may send before it listens.
    const began = life === undefined ? 0 : Math.min(life.listensAt, sent)
    const gap = sent - Math.max(answeredAt.get(name) ?? Number.NaN, began)
    // Where nobody was answered, or nothing came, there is none.
    if (gap > longest) longest = gap
  }
  return Math.round(longest)
}
