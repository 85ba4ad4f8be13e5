import type { Client } from './client.ts'
import { refusalOf } from './client.ts'
import { CliFailure } from './failure.ts'
import { counted, note } from './terminal.ts'

const TOLD_EVERY_MS = 2_000

/** Writes all that there is of the account to standard output, a row in each line, as fast as that takes it. */
export async function exportAll(client: Client, signal: AbortSignal): Promise<void> {
  const answer = await client.open('GET', '/export', { headers: { accept: 'application/x-ndjson' }, signal })
  if (!answer.ok) throw await refusalOf(answer)
  let rows = 0
  const timer = setInterval(() => note(`${counted(rows, 'row')} so far …`), TOLD_EVERY_MS)
  try {
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      for (const byte of chunk) if (byte === NEW_LINE) rows++
      if (!process.stdout.write(chunk)) await new Promise(resolve => process.stdout.once('drain', resolve))
    }
  } catch (error) {
    throw new CliFailure(`The export broke off after ${counted(rows, 'row')}.`, { cause: error })
  } finally {
    clearInterval(timer)
  }
  note(`${counted(rows, 'row')}.`)
}

const NEW_LINE = 0x0a
