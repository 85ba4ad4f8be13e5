import { type Api, DefinitionError, type Known, refuseUnknown } from '../contract/index.ts'
import type { AppOptions } from './options.ts'

const OPTIONS: Known<AppOptions> = {
  store: true,
  publicUrl: true,
  authenticate: true,
  proxies: true,
  processes: true,
  egress: true,
  work: true,
  cors: true,
  files: true,
  limits: true,
  failed: true,
  log: true,
  metrics: true,
  requestLog: true,
  secretKeys: true,
  keep: true,
  clock: true,
  random: true,
}

/** Of `serve` alone. A program that serves and one that only works may be given the same. */
const OF_SERVE = { port: true, host: true, application: true, drainMs: true, signals: true } as const

/** What the types refuse as well, for programs that nobody has checked by them. @throws DefinitionError */
export function checkOptions(api: Api, options: AppOptions): void {
  if (api?.kind !== 'api') {
    throw new DefinitionError('serve', 'its first argument is no api', 'Give it what api({ … }) answers')
  }
  refuseUnknown(options, { ...OPTIONS, ...OF_SERVE }, 'options')
  for (const [name, mend] of OPENED) {
    const given: unknown = options[name]
    if (typeof given === 'function' || (given === undefined && name === 'files')) continue
    // What was given is not told: it may be an address with a password.
    const wrong =
      given === undefined ? `there is no ${name}` : `${name} is a ${typeof given}, which opens nothing`
    throw new DefinitionError('options', wrong, mend)
  }
}

const OPENED = [
  [
    'store',
    "Set store: sqlite('data/shop.db') of 'signalbox/sqlite', or postgres('postgres://…') of 'signalbox/postgres'",
  ],
  ['files', "Set files: folder('data/files') of 'signalbox/folder'"],
] as const
