import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printed } from './soak/printed.ts'
import { soak } from './soak/soak.ts'

const KILLS = Number(process.env['KILLS'] ?? 50)
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
/** On a machine that is busy otherwise fewer kills must do. */
const MINUTES = 2

test(`${KILLS} SIGKILLs under load and among other troubles: nothing acknowledged is lost, doubled or undelivered (faults 1 to 3, 6, 7, 11)`, async t => {
  t.diagnostic(`seed ${SEED} (SEED=${SEED} runs it again)`)
  const report = await soak({ kills: KILLS, seed: SEED, patient: false, minutes: MINUTES })
  for (const line of printed(report).split('\n')) t.diagnostic(line)
  const { lost, wrong, unexpected, integrity } = report
  assert.deepEqual(
    { lost, wrong, unexpected, integrity },
    { lost: [], wrong: [], unexpected: [], integrity: 'ok' },
  )
  assert.ok(report.acknowledged > 0)
  // What was under way when a process died comes again, and nothing else.
  assert.ok(report.duplicates <= report.inFlight, `${report.duplicates} of ${report.inFlight} came again`)
})
