import {
  authenticate,
  checkRequestLog,
  cookieValue,
  createCallers,
  createQuotaCounter,
  noteUses,
  REQUEST_DAYS,
  sessionCookie,
} from '../access/index.ts'
import { after, createIds, createSeal, systemClock, systemRandom } from '../base/index.ts'
import type { Api } from '../contract/index.ts'
import { hasFiles, type OpenSink, type Sink } from '../files/index.ts'
import { corsFault } from '../http/index.ts'
import { createMemory, migrate } from '../store/index.ts'
import { createLog, createMeter, createTracing } from '../telemetry/index.ts'
import {
  createEmitWithin,
  type Environment,
  eventsAlone,
  existingTables,
  prepareEmitting,
  prepareTables,
  type Recorded,
  readingUnits,
  runUnit,
} from '../unit/index.ts'
import {
  checkSeals,
  createAgent,
  createCalls,
  createEgress,
  createLive,
  createNumbering,
  guardedFetch,
} from '../webhooks/index.ts'
import { watchSettlements } from '../work/index.ts'
import { createAccounts } from './accounts.ts'
import { createBodies } from './bodies.ts'
import { checkOptions } from './check-options.ts'
import { compileApi, subscribable } from './compile.ts'
import { acrossOrigins } from './cors.ts'
import type { WholeAnswer } from './exchange.ts'
import { answer } from './journey.ts'
import { createHousekeeping, keepMs } from './keep.ts'
import { createApiLimiter } from './limits.ts'
import { checkMetricsAccess } from './metrics.ts'
import { reporter, startObserving } from './observability.ts'
import type { App, AppOptions } from './options.ts'
import { createPages, findPage } from './pages.ts'
import { patientStart } from './patient-start.ts'
import { isBySession } from './portal.ts'
import type { Limits } from './reading.ts'
import { represent } from './represent.ts'
import { createWaits } from './waits.ts'
import { startWorkers, type Workers } from './workers.ts'
import type { Journey } from './world.ts'

/** Of all remembered answers together. */
const ANSWERS_CHARACTERS = 8 * 2 ** 20
const lengthOf = (key: string, { body }: WholeAnswer): number => key.length + (body?.length ?? 0)

const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1024 * 1024,
  inFlightBytes: 64 * 1024 * 1024,
  depth: 64,
  values: 10_000,
  patienceMs: 30_000,
  streams: 1_000,
  accountStreams: 10,
}

/**
 * Opens the store, makes or checks its tables, and starts the work outside requests.
 *
 * @throws DefinitionError where the definition does not fit Signalbox's own, or an existing table.
 */
export async function openApp(api: Api, options: AppOptions): Promise<App> {
  checkOptions(api, options)
  const { clock = systemClock, random = systemRandom, proxies = 0, processes = 1 } = options
  if (!Number.isInteger(proxies) || proxies < 0) {
    throw new Error(
      `proxies is ${proxies}: give how many stand in front of this server, 0 where there is none`,
    )
  }
  if (!Number.isInteger(processes) || processes < 1) {
    throw new Error(`processes is ${processes}: give how many serve this database at most, 1 where it is one`)
  }
  const tracing = createTracing()
  const log = createLog(options.log ?? {}, { clock, tracing })
  const failed = reporter(log, options)
  const newId = createIds(clock, random)
  const cookie = sessionCookie(options.publicUrl)
  const callers = createCallers()
  const { cors } = options
  const fault = cors && corsFault(cors)
  if (fault !== undefined) throw new Error(`cors: ${fault}`)
  if (options.metrics !== undefined) checkMetricsAccess(options.metrics)
  const requestLog = options.requestLog === false ? undefined : (options.requestLog ?? {})
  if (requestLog !== undefined) checkRequestLog(requestLog)
  const keep = keepMs(options.keep ?? {})
  const egress = createEgress(options.egress ?? {})
  let agent: ReturnType<typeof createAgent> | undefined
  const connections = () => (agent ??= createAgent(egress))
  const seal = createSeal(options.secretKeys ?? [], random)
  const userAgent = `Signalbox (${api.title.replaceAll(/[^\x20-\x7e]/g, '')})`
  const call = createCalls({ agent: connections, clock, userAgent, seal })
  const start = patientStart({ clock, log })
  const store = await start(() => options.store())
  try {
    const { dialect } = store
    const existing = await start(() => existingTables(store, api.resources))
    const compiled = compileApi(api, {
      dialect,
      existing,
      egress,
      clock,
      random,
      seal,
      newId,
      call,
      requestLog: requestLog !== undefined,
    })
    const sink = await openSink(api, options.files)
    await start(() => migrate(store))
    await start(() => checkSeals(store, seal))
    await start(() => prepareTables(store, compiled.tables.values(), existing))
    await start(() => prepareEmitting(store, api.events.keys()))

    let workers: Workers | undefined
    const { tables, eventWriters, inputWriters, operations, tasks, ownWork } = compiled
    const limits = { ...DEFAULT_LIMITS, ...options.limits }
    const numbering = createNumbering(store, clock)
    const live = createLive({
      store,
      numbering,
      eventTypes: subscribable(api),
      limits,
      clock,
      random,
      failed,
    })
    const settlements = watchSettlements(store.peek, error => failed(error, 'ends of operations'))
    const waits = createWaits(settlements)
    const committed = (recorded: Recorded): void => {
      settlements.tell(recorded.settled)
      workers?.wake(recorded)
      live.wake()
      store.news?.tell()
    }
    const answersMs = keep.answers
    const env: Environment = {
      tables,
      eventWriters,
      inputWriters,
      newId,
      clock,
      answersMs,
      tracing,
      committed,
    }
    const meter = createMeter()
    const fetch = guardedFetch(connections)
    const quota = api.limits.quota && createQuotaCounter(store, api.limits.quota)
    const limiter = createApiLimiter(api, compiled.routes, {
      proxies,
      processes,
      store,
      clock,
      quota,
    })
    const signIn = { cookie, hasOwnSignIn: options.authenticate !== undefined }
    const journey: Journey = {
      compiled,
      store,
      env,
      openReading: readingUnits(store, env),
      authenticate: request =>
        authenticate(request, {
          reader: store.peek,
          callers,
          cookie,
          now: clock.now(),
          addressOf: limiter.addressOf,
          signedIn: options.authenticate,
        }),
      isBySession: request => isBySession(request, signIn),
      running: new Map(),
      limiter,
      waits,
      noteUse: noteUses(store),
      answers: createMemory(ANSWERS_CHARACTERS, lengthOf),
      live,
      fetch,
      sink,
      limits,
      bodies: createBodies(limits.inFlightBytes),
      failed,
    }
    let drained: Promise<unknown> | undefined
    const drain = (): Promise<unknown> => {
      waits.end()
      drained ??= Promise.all([live.close(), workers?.stop(), settlements.stop()])
      return drained
    }
    const isReady = (): boolean => drained === undefined
    const { addressOf } = limiter
    const metrics = { meter, access: options.metrics, addressOf }
    const pages = createPages(compiled, {
      isReady,
      store,
      cookie,
      clock,
      random,
      failed,
      limiter,
      metrics,
    })
    // Last: what fails to open must leave nothing at work.
    const observing = startObserving({
      store,
      clock,
      newId,
      routes: compiled.routes,
      meter,
      log,
      tracing,
      failed,
      publicUrl: options.publicUrl,
      requestLog,
      addressOf,
      isPortals: request => cookieValue(request, cookie) !== undefined,
    })
    if (options.work !== false) {
      // Where there are webhooks the first attempt is near, and loading what makes it would stop the loop under way.
      if ((await store.peek.get('select 1 from signalbox_webhooks limit 1')) !== undefined) connections()
      const requestDays = requestLog && (requestLog.days ?? REQUEST_DAYS)
      const { schedules } = api
      workers = startWorkers({
        store,
        sink,
        env,
        numbering,
        operations,
        tasks,
        ownWork,
        schedules,
        settlements,
        fetch,
        random,
        call,
        meter,
        forget: createHousekeeping({ store, clock, keep, requestDays, seal }),
        failed,
      })
    }
    store.news?.hear(() => {
      workers?.wake(ANYTHING)
      live.wake()
    })
    log.write('info', 'started', { title: api.title, version: api.version })
    return {
      api,
      routes: compiled.routes,
      failed,
      answer: request =>
        observing.observe(request, served => {
          const page = findPage(pages, served)
          if (page !== undefined) return after(page, made => represent(request, made))
          return after(answer(journey, served), made =>
            represent(request, acrossOrigins(cors, request, made)),
          )
        }),
      unit: (account, work) => runUnit(store, env, account, ({ run }) => run(work)),
      emit: createEmitWithin(store, env),
      accounts: createAccounts(
        store,
        env,
        { newId, random, prefix: api.keyPrefix, scopes: () => compiled.scopes },
        compiled.erase,
      ),
      drain() {
        // Who closes is told how it went.
        drain().catch(() => undefined)
      },
      async close() {
        await drain()
        await quota?.close().catch((error: unknown) => failed(error, 'giving back what is left of quotas'))
        await observing.close()
        await agent?.destroy()
        await store.close()
        log.write('info', 'stopped', { title: api.title, version: api.version })
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What another process may have left to do. */
const ANYTHING: Recorded = { ...eventsAlone(1), operations: 1, deliveries: 1 }

async function openSink(api: Api, files: OpenSink | undefined): Promise<Sink | undefined> {
  if (!hasFiles(api.routes)) return undefined
  if (files !== undefined) return files()
  throw new Error(
    "the api takes or answers files, and has nowhere to keep them: set files: folder('data/files')",
  )
}
