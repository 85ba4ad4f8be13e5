import type { Client } from './client.ts'
import { refusalOf } from './client.ts'
import { createFirstLine, progressText } from './export-progress.ts'
import { CliFailure } from './failure.ts'
import { counted, note } from './terminal.ts'

const TOLD_EVERY_MS = 2_000

/**
 * Writes all that there is of the account to standard output, a row in each line, as fast as that takes it. The first line tells how
 * many there are, about.
 */
export async function exportAll(client: Client, signal: AbortSignal): Promise<void> {
  const answer = await client.open('GET', '/export', { headers: { accept: 'application/x-ndjson' }, signal })
  if (!answer.ok) throw await refusalOf(answer)
  const first = createFirstLine()
  let lines = 0
  const rows = (): number => Math.max(0, lines - 1)
  const timer = setInterval(() => note(progressText(rows(), first.total)), TOLD_EVERY_MS)
  try {
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      if (first.take(chunk)) note(`About ${counted(first.total ?? 0, 'row')} …`)
      for (const byte of chunk) if (byte === NEW_LINE) lines++
      if (!process.stdout.write(chunk)) await new Promise(resolve => process.stdout.once('drain', resolve))
    }
  } catch (error) {
    throw new CliFailure(`The export broke off after ${counted(rows(), 'row')}.`, { cause: error })
  } finally {
    clearInterval(timer)
  }
  note(`${counted(rows(), 'row')}.`)
}

const NEW_LINE = 0x0a
