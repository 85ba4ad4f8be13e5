#!/usr/bin/env node
import { runCommand } from './command.ts'
import { CliFailure } from './failure.ts'
import { note } from './terminal.ts'

// Whoever reads our output may have had enough: `signalbox deliveries tail | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const asked = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => asked.abort())

try {
  await runCommand(process.argv.slice(2), asked.signal)
} catch (error) {
  // Ended as it was asked to.
  if (!asked.signal.aborted) {
    if (!(error instanceof CliFailure)) throw error
    note(error.message)
    process.exitCode = error.code
  }
}
