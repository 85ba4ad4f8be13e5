import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AppOptions, openApp } from '../app/index.ts'
import { type Api, DefinitionError } from '../contract/index.ts'
import { serve } from '../runtimes/node/index.ts'
import type { OpenStore } from '../store/index.ts'
import { addressOf } from './address.ts'
import { CliFailure, Misuse } from './failure.ts'
import { note } from './terminal.ts'

// Runs a definition: what a program of your own does with `serve` and `openApp`, for those that need no more.

/** What the module of a definition exports. */
interface Defined {
  readonly api: Api
  /** `export const options = { files: folder('data/files') }`: all that `serve` takes besides. */
  readonly options: Partial<AppOptions>
}

export interface Serve {
  /** The file of the definition. */
  readonly file: string
  /** A SQLite file, or `postgres://…`. */
  readonly database: string
  readonly processes: number | undefined
  /** Of PostgreSQL alone. */
  readonly connections: number | undefined
  readonly signal: AbortSignal
}

/** Serves an api until it is told to stop. With `work` it sends deliveries and runs operations too. */
export async function serveApi(
  asked: Serve & { readonly port: number; readonly host: string; readonly work: boolean },
): Promise<void> {
  const { api, options } = await definitionIn(asked.file)
  const { port, host, work } = asked
  const serving = await opened(asked, store =>
    serve(api, { ...options, ...processesOf(asked), store, port, host, work, signals: false }),
  )
  note(`${api.title} is at ${serving.url}${work ? '' : ', without workers'}`)
  await ended(asked.signal)
  await serving.close()
}

/** Sends deliveries and runs operations, and serves nothing, until it is told to stop. */
export async function work(asked: Serve): Promise<void> {
  const { api, options } = await definitionIn(asked.file)
  const app = await opened(asked, store => openApp(api, { ...options, ...processesOf(asked), store }))
  note(`${api.title} is at work`)
  // Nothing else keeps the process: its timers wait, and so do its connections.
  const alive = setInterval(() => undefined, 60_000)
  await ended(asked.signal)
  clearInterval(alive)
  await app.close()
}

const processesOf = ({ processes }: Serve): Pick<AppOptions, 'processes'> =>
  processes === undefined ? {} : { processes }

async function definitionIn(file: string): Promise<Defined> {
  const path = resolve(file)
  let module: { readonly [name: string]: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module
  } catch (error) {
    if (error instanceof DefinitionError) throw new CliFailure(`${file}: ${error.message}`, { cause: error })
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND')
      throw new Misuse(`${file}: ${(error as Error).message}`, { cause: error })
    throw error
  }
  const found = Object.values(module).filter(isApi)
  const [api] = new Set(found)
  if (api === undefined) throw new Misuse(`${file} exports no api. Write: export const shop = api({ … })`)
  if (new Set(found).size > 1) throw new Misuse(`${file} exports several apis. Export the one that is to run`)
  const options = (module['options'] ?? {}) as Partial<AppOptions>
  return { api, options }
}

const isApi = (value: unknown): value is Api =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'api'

async function opened<T>(asked: Serve, open: (store: OpenStore) => Promise<T>): Promise<T> {
  try {
    return await open(await storeOf(asked))
  } catch (error) {
    if (error instanceof Misuse) throw error
    // Its message names the database, or the port, and the mend.
    throw new CliFailure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Only the one that is asked for is loaded. */
async function storeOf({ database, connections }: Serve): Promise<OpenStore> {
  const address = addressOf(database)
  switch (address.engine) {
    case 'postgres': {
      const { postgres } = await import('../store/postgres/index.ts')
      return postgres(database, connections === undefined ? {} : { connections })
    }
    case 'sqlite':
      if (connections !== undefined)
        throw new Misuse('--connections is for PostgreSQL: SQLite has one writer')
      return (await import('../store/sqlite/index.ts')).sqlite(address.file)
    default:
      throw new Misuse(
        `a database that begins with '${address.scheme}:' is not known. Give the path of a SQLite file, or postgres://…`,
      )
  }
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise(done => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })
