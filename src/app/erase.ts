import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { writeAudit } from '../access/index.ts'
import type { NewId } from '../base/index.ts'
import {
  type Api,
  endpoint,
  modeOf,
  type Resource,
  type Run,
  type Sql,
  task,
  testAccount,
} from '../contract/index.ts'
import type { Dialect, Value } from '../store/index.ts'
import { webhookChanged } from '../unit/index.ts'
import { Operation, operations, ownOperation, startedOperation } from '../work/index.ts'
import { accountParts, dataParts, type Part, subjectParts } from './erase-parts.ts'

// Erasing goes part by part, in slices that hold up nobody; what is done is remembered with what it did, so whoever goes on
// after a crash goes on there. What comes in meanwhile, of requests that were under way, is found by a further pass: it is over
// when a pass finds nothing.

const Memory = z.object({ part: z.int(), at: z.string(), erased: z.int(), found: z.int() })
type Progress = z.output<typeof Memory>

const BEGIN: Progress = { part: 0, at: '', erased: 0, found: 0 }
/** Each process writes the requests of the last second late. */
const LATE_MS = 2_000
/** What comes in faster than it is erased must end some day. */
const MOST_PASSES = 20

interface EraseOptions {
  readonly api: Api
  readonly dialect: Dialect
  readonly newId: NewId
  /** What the owner's column of a table holds for an account; null where there is no row of it. */
  readonly ownerValue: (resource: Resource, account: string) => Value
}

/** The task by which accounts and subjects are erased, and the operation and endpoint for test data. */
export function eraseWork({ api: { resources }, dialect, newId, ownerValue }: EraseOptions) {
  const eraseAccount = task('erase_account', {
    input: z.object({ account: z.string(), subject: z.string().nullable() }),
    memory: Memory,
    run: async run => {
      const { account, subject } = run.input
      const [live, test] = [account, testAccount(account)]
      const whole = (of: string) => ({ account: of, resources, ownerValue, dialect, self: run.id })
      const parts =
        subject === null
          ? [test, live].flatMap(of => [...dataParts(whole(of)), ...accountParts(of)])
          : [test, live].flatMap(of => subjectParts(of, subject, whole(of)))
      await erase(run, parts)
      // Last, so that it is true.
      const action = subject === null ? 'account.erased' : 'subject.erased'
      await run.step(({ sql, now }) =>
        writeAudit(sql, newId, { account, action, subject, caller: undefined, now }),
      )
    },
  })

  const eraseTestData = ownOperation('erase_test_data', {
    input: z.object({ account: z.string() }),
    output: z.object({ erased: z.int().describe('Rows, of all kinds') }),
    problems: {},
    memory: Memory,
    run: async run => ({
      erased: await erase(
        run,
        dataParts({ account: run.input.account, resources, ownerValue, dialect, self: run.id }),
      ),
    }),
  })

  const deleteTestData = endpoint({
    method: 'DELETE',
    path: '/test-data',
    output: Operation,
    status: 202,
    location: started => `${operations.path}/${started.id}`,
    summary: 'Erase all test data',
    description:
      'Rows, webhooks, events, deliveries, files, operations and requests of test mode. Test keys stay, and so does the audit log.',
    names: { output: 'Operation' },
    audit: 'test-data.erased',
    waits: true,
    handle: async ({ account, on, start }) => {
      const of = modeOf(account) === 'test' ? account : testAccount(account)
      const id = await start(eraseTestData, { account: of })
      return startedOperation(on, id)
    },
  })

  return { eraseAccount, eraseTestData, deleteTestData }
}

export type EraseWork = ReturnType<typeof eraseWork>

type Erasing = Pick<Run<never, never, never, Progress, unknown>, 'remembered' | 'signal'> & {
  step<T>(
    work: (step: {
      readonly sql: Sql
      remember(memory: Progress): void
      progress(progress: { done: number; total: null }): void
    }) => Promise<T>,
  ): Promise<T>
}

/** Answers how many rows went. */
async function erase({ remembered, step, signal }: Erasing, parts: readonly Part[]): Promise<number> {
  let at = remembered ?? BEGIN
  let hasWaited = false
  while (at.part < parts.length * MOST_PASSES) {
    const part = parts[at.part % parts.length] as Part
    const { part: n, erased, found } = at
    const isNewPass = n % parts.length === 0 && at.at === ''
    if (isNewPass && n > 0 && found === 0) {
      if (hasWaited) break
      hasWaited = true
      await setTimeout(LATE_MS, undefined, { signal })
    }
    at = await step(async call => {
      const { sql, remember, progress } = call
      const { rows, next, webhooks = [] } = await part(sql, at.at)
      for (const webhook of webhooks) webhookChanged(call, webhook)
      const reached: Progress = {
        part: next === undefined ? n + 1 : n,
        at: next ?? '',
        erased: erased + rows,
        found: isNewPass ? rows : found + rows,
      }
      remember(reached)
      progress({ done: reached.erased, total: null })
      return reached
    })
  }
  return at.erased
}
