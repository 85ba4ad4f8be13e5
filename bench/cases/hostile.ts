import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Case, Open } from '../measure.ts'
import { temporaryFolder } from './temporary.ts'
import { startWebSubject, type WebSubject } from './web.ts'

const MiB = 1024 * 1024
const WARM_UPS = 5
/** A tick of /proc is 10 ms: of so many requests together the figure is exact to one millisecond for each. */
const REQUESTS = 20
const TICK_MS = 10

interface Body {
  readonly type: string
  readonly coding?: string
  readonly bytes: string | Uint8Array<ArrayBuffer>
}

const json = (bytes: string): Body => ({ type: 'application/json', bytes })
const xml = (bytes: string): Body => ({ type: 'application/xml', bytes })
const form = (bytes: string): Body => ({ type: 'application/x-www-form-urlencoded', bytes })

/** The dearest of each kind that were found. */
const BODIES: { readonly [kind: string]: Body } = {
  'json of wrong items': json(`{"tags":[${'1,'.repeat(9_900)}1]}`),
  'json of distinct members': json(`{${Array.from({ length: 9_900 }, (_, i) => `"k${i}":1`).join()}}`),
  'json of broken escapes': json(`{"headline":"${'\\ud800'.repeat(170_000)}"}`),
  'json of lines': json(`[${'\n'.repeat(1_000_000)}`),
  'json bomb': { ...json(''), coding: 'gzip', bytes: gzipSync(Buffer.alloc(64 * MiB, '[')) },
  'xml of references': xml(`<article>${'&amp;'.repeat(200_000)}</article>`),
  'xml of elements': xml(`<article>${'<a/>'.repeat(9_900)}</article>`),
  'xml of attributes': xml(`<article ${Array.from({ length: 9_900 }, (_, i) => `a${i}=""`).join(' ')}/>`),
  'form of pluses': form(`${'+'.repeat(900_000)}=%`),
  'form of empty fields': form('&'.repeat(1_000_000)),
}

/** What hostile bodies cost: of the processor for each, and of memory for all of them again and again. */
export const hostile: Open = async () => {
  const one = (name: string, unit: 'ms' | 'mb', measure: (subject: WebSubject) => Promise<number>): Case => ({
    name,
    unit,
    baseline: 'signalbox',
    entrants: [
      {
        subject: 'signalbox',
        run: async () => {
          await using data = await temporaryFolder()
          await using subject = await startWebSubject('signalbox-rest.ts', data.path)
          return await measure(subject)
        },
      },
    ],
  })
  return {
    cases: [
      ...Object.entries(BODIES).map(([kind, body]) => one(kind, 'ms', subject => costOf(subject, body))),
      one('growth', 'mb', growth),
    ],
    [Symbol.asyncDispose]: async () => {},
  }
}

async function refused({ origin }: WebSubject, { type, coding, bytes }: Body): Promise<void> {
  const headers = { 'content-type': type, ...(coding && { 'content-encoding': coding }) }
  const answer = await fetch(`${origin}/articles`, { method: 'POST', headers, body: bytes })
  const text = await answer.text()
  if (answer.status < 400 || answer.status > 499)
    throw new Error(`expected a refusal, got ${answer.status} ${text}`)
}

/** Of the whole process, receiving and answering included. */
async function costOf(subject: WebSubject, body: Body): Promise<number> {
  for (let i = 0; i < WARM_UPS; i++) await refused(subject, body)
  const before = await processorMs(subject)
  for (let i = 0; i < REQUESTS; i++) await refused(subject, body)
  return ((await processorMs(subject)) - before) / REQUESTS
}

/** Resident after ten rounds over all bodies, beyond what was after the first two. */
async function growth(subject: WebSubject): Promise<number> {
  const round = async (): Promise<void> => {
    for (const body of Object.values(BODIES)) await refused(subject, body)
  }
  await round()
  await round()
  const before = await residentMb(subject)
  for (let i = 0; i < 8; i++) await round()
  return (await residentMb(subject)) - before
}

/** proc_pid_stat(5): utime and stime are the 12th and 13th field behind the name. */
async function processorMs({ pid }: WebSubject): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

async function residentMb({ pid }: WebSubject): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
