import { parseArgs } from 'node:util'
import { systemClock } from '../base/index.ts'
import { durationMs } from '../contract/index.ts'
import { createClient, targetOf } from './client.ts'
import { retry, showDelivery, tail } from './deliveries.ts'
import { exportAll } from './export.ts'
import { Misuse } from './failure.ts'
import { recover, replay } from './repair.ts'
import { print } from './terminal.ts'
import { trigger } from './trigger.ts'
import { USAGE } from './usage.ts'

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  test: { type: 'boolean' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true, default: [] as string[] } as const
const flag = { type: 'boolean', default: false } as const

/** What each command takes besides what all take. */
const OWN = {
  init: {
    database: text,
    table: texts,
    owner: texts,
    shared: texts,
    write: texts,
    out: text,
    title: text,
    force: flag,
    list: flag,
  },
  serve: { database: text, port: text, host: text, processes: text, connections: text, 'no-work': flag },
  work: { database: text, processes: text, connections: text },
  listen: { 'forward-to': text, events: text, when: text, from: text, secret: text },
  trigger: { data: text, before: text },
  'deliveries tail': { webhook: text, lines: text, once: flag },
  'deliveries show': {},
  'deliveries retry': {},
  'deliveries recover': { since: text, until: text },
  'deliveries replay': { since: text, until: text, types: text, again: flag },
  export: {},
} as const

type Name = keyof typeof OWN

interface Values {
  readonly [option: string]: string | boolean | readonly string[] | undefined
}

/** Runs what was asked for. Fails with a CliFailure that says what was wrong. */
export async function runCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { name, rest } = nameOf(args)
  if (name === undefined) return print(usageOf(''))
  const { values, operands } = parsed(name, rest)
  if (values['help'] === true) return print(usageOf(name))
  await COMMANDS[name](values, operands, signal)
}

/** The command, and what follows it; none where only help is asked for. */
function nameOf(args: readonly string[]): {
  readonly name: Name | undefined
  readonly rest: readonly string[]
} {
  const [first = '', second = ''] = args
  const found = Object.keys(OWN).find(name => name === first || name === `${first} ${second}`)
  if (found !== undefined) return { name: found as Name, rest: args.slice(found.split(' ').length) }
  if (['', 'help', '--help', '-h'].includes(first)) return { name: undefined, rest: [] }
  if (first === 'deliveries' && ['', '--help', '-h'].includes(second)) return { name: undefined, rest: [] }
  const asked = first === 'deliveries' ? `${first} ${second}` : first
  throw new Misuse(`There is no command '${asked}'. There are ${Object.keys(OWN).join(', ')}.`)
}

function parsed(
  name: Name,
  args: readonly string[],
): { readonly values: Values; readonly operands: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...OPTIONS, ...OWN[name] },
      allowPositionals: true,
    })
    return { values: values as Values, operands: positionals }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new Misuse(`${what}\n\n${usageOf(name)}`, { cause: error })
  }
}

const usageOf = (name: string): string => USAGE[name] ?? ''

type Command = (values: Values, operands: readonly string[], signal: AbortSignal) => Promise<void>

const COMMANDS: { readonly [N in Name]: Command } = {
  async init(values, operands, signal) {
    none(operands)
    const { init } = await import('./init/init.ts')
    await init({
      database:
        textOf(values, 'database') ??
        process.env['DATABASE_URL'] ??
        needed(values, 'database', 'postgres://user@host/name'),
      table: textsOf(values, 'table'),
      owner: textsOf(values, 'owner'),
      shared: textsOf(values, 'shared'),
      write: textsOf(values, 'write'),
      out: textOf(values, 'out') ?? 'api.ts',
      title: textOf(values, 'title'),
      force: values['force'] === true,
      list: values['list'] === true,
      signal,
    })
  },
  async serve(values, operands, signal) {
    const asked = servedOf(values, operands, signal)
    const port = countOf(values, 'port', 0, 65_535) ?? Number(process.env['PORT'] ?? 8080)
    const { serveApi } = await import('./serve.ts')
    const host = textOf(values, 'host') ?? '127.0.0.1'
    await serveApi({ ...asked, port, host, work: values['no-work'] !== true })
  },
  async work(values, operands, signal) {
    const asked = servedOf(values, operands, signal)
    const { work } = await import('./serve.ts')
    await work(asked)
  },
  async listen(values, operands, signal) {
    none(operands)
    const target = outputOf(values)
    // Only here is needed what signs, and all that comes with it.
    const { listen } = await import('./listen.ts')
    await listen({
      ...target,
      forwardTo: needed(values, 'forward-to', 'localhost:3000'),
      events: textOf(values, 'events'),
      when: textOf(values, 'when'),
      from: textOf(values, 'from'),
      secret: textOf(values, 'secret'),
      signal,
    })
  },
  async trigger(values, operands) {
    const type = one(operands, 'TYPE')
    await trigger(type, { data: textOf(values, 'data'), before: textOf(values, 'before') }, outputOf(values))
  },
  async 'deliveries tail'(values, operands, signal) {
    none(operands)
    const lines = Number(textOf(values, 'lines') ?? 10)
    if (!Number.isInteger(lines) || lines < 0 || lines > 1_000)
      throw new Misuse('--lines takes a number from 0 to 1000')
    await tail({
      ...outputOf(values),
      webhook: textOf(values, 'webhook'),
      lines,
      once: values['once'] === true,
      signal,
    })
  },
  async 'deliveries show'(values, operands) {
    await showDelivery(one(operands, 'ID'), outputOf(values))
  },
  async 'deliveries retry'(values, operands) {
    if (operands.length === 0) one(operands, 'ID')
    await retry(operands, outputOf(values))
  },
  async 'deliveries recover'(values, operands) {
    await recover(one(operands, 'WEBHOOK'), spanOf(values), outputOf(values))
  },
  async 'deliveries replay'(values, operands) {
    const types = textOf(values, 'types')?.split(',')
    const asked = { ...spanOf(values), types, again: values['again'] === true }
    await replay(one(operands, 'WEBHOOK'), asked, outputOf(values))
  },
  async export(values, operands, signal) {
    none(operands)
    await exportAll(outputOf(values).client, signal)
  },
}

const outputOf = (values: Values) => ({
  client: createClient(
    targetOf({ url: textOf(values, 'url'), key: textOf(values, 'key'), test: values['test'] === true }),
  ),
  json: values['json'] === true,
})

const servedOf = (values: Values, operands: readonly string[], signal: AbortSignal) => ({
  file: one(operands, 'DEFINITION'),
  database:
    textOf(values, 'database') ??
    process.env['DATABASE_URL'] ??
    needed(values, 'database', 'data/shop.db', ', the path of a SQLite file, or postgres://…'),
  processes: countOf(values, 'processes', 1, 1_000),
  connections: countOf(values, 'connections', 1, 1_000),
  signal,
})

function countOf(values: Values, option: string, least: number, most: number): number | undefined {
  const given = textOf(values, option)
  if (given === undefined) return undefined
  const count = Number(given)
  if (Number.isInteger(count) && count >= least && count <= most) return count
  throw new Misuse(`--${option} takes a number from ${least} to ${most}`)
}

const textOf = (values: Values, option: string): string | undefined => {
  const value = values[option]
  return typeof value === 'string' ? value : undefined
}

const textsOf = (values: Values, option: string): readonly string[] => {
  const value = values[option]
  return typeof value === 'object' ? value : []
}

function needed(values: Values, option: string, like: string, more = ''): string {
  const value = textOf(values, option)
  if (value !== undefined && value !== '') return value
  throw new Misuse(`--${option} is needed: --${option} '${like}'${more}`)
}

function one(operands: readonly string[], what: string): string {
  const [first, ...more] = operands
  if (first !== undefined && first !== '' && more.length === 0) return first
  throw new Misuse(first === undefined ? `${what} is missing` : `Give one ${what}`)
}

function none(operands: readonly string[]): void {
  if (operands.length > 0) throw new Misuse(`'${operands[0]}' is not expected here`)
}

function spanOf(values: Values): { readonly since: string; readonly until: string | undefined } {
  const until = textOf(values, 'until')
  return {
    since: timeOf(needed(values, 'since', '2 hours')),
    until: until === undefined ? undefined : timeOf(until),
  }
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000

/** A time, or how long ago it was. */
function timeOf(given: string): string {
  const ago = durationMs(given, 10 * YEAR_MS)
  const at = ago === undefined ? Date.parse(given) : systemClock.now() - ago
  if (!Number.isNaN(at)) return new Date(at).toISOString()
  throw new Misuse(`'${given}' is no time. Write 2026-11-29T08:00:00Z, or '2 hours' before now`)
}
