import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { needsPostgres } from '../postgres.ts'
import { printed } from './soak/printed.ts'
import { type SoakOptions, soak } from './soak/soak.ts'

const KILLS = Number(process.env['KILLS'] ?? 50)
/** A kill takes longer where the database is a server too, and with it two servers go on. */
const KILLS_ON_POSTGRES = Number(process.env['KILLS'] ?? 20)
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
/** On a machine that is busy otherwise fewer kills must do. */
const MINUTES = 2

async function reconciled(t: TestContext, options: Pick<SoakOptions, 'store' | 'kills'>): Promise<void> {
  t.diagnostic(`seed ${SEED} (SEED=${SEED} runs it again)`)
  const report = await soak({ ...options, seed: SEED, patient: false, minutes: MINUTES })
  for (const line of printed(report).split('\n')) t.diagnostic(line)
  const { lost, wrong, unexpected, integrity } = report
  assert.deepEqual(
    { lost, wrong, unexpected, integrity },
    { lost: [], wrong: [], unexpected: [], integrity: 'ok' },
  )
  assert.ok(report.acknowledged > 0)
  // What was under way when a process died comes again, and nothing else.
  assert.ok(report.duplicates <= report.inFlight, `${report.duplicates} of ${report.inFlight} came again`)
}

test(`${KILLS} SIGKILLs under load and among other troubles: nothing acknowledged is lost, doubled or undelivered (faults 1 to 3, 6, 7, 11)`, t =>
  reconciled(t, { store: 'sqlite', kills: KILLS }))

test(
  `${KILLS_ON_POSTGRES} SIGKILLs of two servers on one PostgreSQL: the same (faults 1 to 3, 8, 9, 11)`,
  {
    skip: needsPostgres(),
  },
  t => reconciled(t, { store: 'postgres', kills: KILLS_ON_POSTGRES }),
)
