import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installPeers, installTools } from './install.ts'
import { compete, type Open, summarise } from './measure.ts'
import { type Bench, parseArguments } from './options.ts'
import { resultsJson, table } from './table.ts'

const here = import.meta.dirname

const benches: { readonly [B in Bench]: () => Promise<Open> } = {
  rest: async () => (await import('./cases/rest.ts')).rest,
  kit: async () => (await import('./cases/kit.ts')).kit,
  durable: async () => (await import('./cases/durable.ts')).durable,
  emit: async () => (await import('./cases/emit.ts')).emit,
  deliveries: async () => (await import('./cases/deliveries.ts')).deliveries,
  latency: async () => (await import('./cases/fleet.ts')).latency,
  fleet: async () => (await import('./cases/fleet.ts')).fleet,
  backlog: async () => (await import('./cases/backlog.ts')).backlog,
  postgres: async () => (await import('./cases/postgres.ts')).postgres,
  conditions: async () => (await import('./cases/conditions.ts')).conditions,
  types: async () => (await import('./cases/types.ts')).types,
  footprint: async () => (await import('./cases/footprint.ts')).footprint,
  hostile: async () => (await import('./cases/hostile.ts')).hostile,
}

const tools = {
  rest: ['taskset', 'wrk'],
  kit: ['taskset', 'wrk'],
  durable: ['taskset', 'wrk'],
  emit: ['taskset'],
  deliveries: ['taskset', 'redis-server', 'postgres'],
  latency: ['taskset'],
  fleet: ['taskset'],
  backlog: ['taskset'],
  postgres: ['taskset', 'wrk', 'postgres'],
  conditions: ['taskset'],
  types: ['taskset'],
  footprint: ['taskset'],
  hostile: ['taskset'],
} as const

const { bench, settings, only } = parseArguments(process.argv.slice(2))
await installPeers(here)
await installTools(tools[bench])

const open = await benches[bench]()
await using contest = await open(settings)
const cases = contest.cases.filter(({ name }) => name.includes(only ?? ''))
const samples = await compete(cases, settings.rounds, line => console.error(line))
const results = summarise(cases, samples)

if (only === undefined) {
  const file = join(here, 'results', `${bench}.json`)
  await mkdir(join(here, 'results'), { recursive: true })
  await writeFile(file, resultsJson(results))
}
console.log(table(bench, results))
