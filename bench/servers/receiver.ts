// Takes webhooks on PORT. GET /report?secret=whsec_… answers what has come, as JSON (see `Report`).
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { keyOf, sign } from '../subjects/signing.ts'

export interface Report {
  readonly arrived: number
  readonly distinct: number
  /** Of every fiftieth message: checking all would make the receiver the limit. */
  readonly badlySigned: number
  /** Nanoseconds of the machine's monotonic clock, which its processes share. */
  readonly lastAt: string
}

interface Message {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const SAMPLE_EVERY = 50

const ids = new Set<string>()
const samples: Message[] = []
let [arrived, lastAt] = [0, 0n]

function receive(message: Message): void {
  ids.add(String(message.headers['webhook-id']))
  if (arrived % SAMPLE_EVERY === 0) samples.push(message)
  arrived++
  lastAt = process.hrtime.bigint()
}

function report(secret: string): Report {
  const key = keyOf(secret)
  const isSigned = ({ headers, body }: Message): boolean => {
    const expected = sign(key, String(headers['webhook-id']), String(headers['webhook-timestamp']), body)
    // The header can carry several signatures, separated by spaces.
    return String(headers['webhook-signature']).split(' ').includes(expected)
  }
  const badlySigned = samples.filter(message => !isSigned(message)).length
  return { arrived, distinct: ids.size, badlySigned, lastAt: String(lastAt) }
}

createServer((request, response) => {
  if (request.method === 'GET') {
    const { searchParams } = new URL(request.url ?? '', 'http://127.0.0.1')
    response.end(JSON.stringify(report(searchParams.get('secret') ?? '')))
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    receive({ headers: request.headers, body: Buffer.concat(chunks) })
    response.writeHead(204).end()
  })
}).listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('READY'))
