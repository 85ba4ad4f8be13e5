import { parseArgs } from 'node:util'
import type { Settings } from './measure.ts'

const BENCHES = [
  'rest',
  'kit',
  'durable',
  'emit',
  'deliveries',
  'latency',
  'fleet',
  'backlog',
  'postgres',
  'conditions',
  'types',
  'footprint',
  'hostile',
] as const
export type Bench = (typeof BENCHES)[number]

const USAGE = `node bench/run.ts ${BENCHES.join('|')} [--rounds 5] [--seconds 3] [--jobs 20000] [--only xml]`

/** Throws with the usage where the words make no sense. */
export function parseArguments(words: readonly string[]): {
  readonly bench: Bench
  readonly settings: Settings
  /** Only the cases with this text in their name are run, and no results are written. */
  readonly only: string | undefined
} {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      jobs: { type: 'string', default: '20000' },
      only: { type: 'string' },
    },
  })
  const bench = BENCHES.find(name => name === positionals[0])
  if (bench === undefined || positionals.length !== 1) throw new Error(`which bench? ${USAGE}`)
  return {
    bench,
    only: values.only,
    settings: {
      rounds: wholeNumber('rounds', values.rounds, 99),
      seconds: wholeNumber('seconds', values.seconds, 600),
      jobs: wholeNumber('jobs', values.jobs, 1_000_000),
    },
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Error(`--${name} is a whole number from 1 to ${most}. ${USAGE}`)
}
