// Takes webhooks on PORT, and never answers those of /hang. GET /report answers how long the others took from being emitted to
// their arrival, as JSON (see `Arrivals`).
import { createServer } from 'node:http'

export interface Arrivals {
  readonly arrived: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** What is emitted says when it was, by the machine's monotonic clock, which its processes share. */
const EMITTED = /"emitted":"(\d+)"/

const tookMs: number[] = []

function report(): Arrivals {
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
  return { arrived: sorted.length, p50: at(0.5), p99: at(0.99) }
}

createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(report()))
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url?.startsWith('/hang') === true) return
    const now = process.hrtime.bigint()
    const emitted = EMITTED.exec(Buffer.concat(chunks).toString())?.[1]
    if (emitted !== undefined && emitted !== '0') tookMs.push(Number(now - BigInt(emitted)) / 1e6)
    response.writeHead(204).end()
  })
}).listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('READY'))
