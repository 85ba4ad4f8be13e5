import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { test } from 'node:test'
import { bundled } from '../bundled.ts'
import { startFixture } from './fixture.ts'
import { LIMIT, limited } from './limited.ts'

const { requests: RATE, burst: BURST } = LIMIT

/** One of four processes on a database. */
async function startProcess(file: string) {
  const program = await bundled(new URL('children/limited.ts', import.meta.url))
  const child = spawn(process.execPath, [program, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = await once(child.stdout, 'data')
  const agent = new Agent({ keepAlive: true })
  return {
    child,
    /** The status of a request; undefined where the process is gone. */
    ask: (key: string): Promise<number | undefined> =>
      new Promise(resolve => {
        const options = { agent, headers: { authorization: `Bearer ${key}` } }
        const request = get(`${String(url).trim()}/ping`, options, answer => {
          answer.resume().once('end', () => resolve(answer.statusCode))
        })
        request.once('error', () => resolve(undefined))
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy()
      child.stdin.end()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Ten times as many requests as the limit allows, evenly over the processes, for so long. */
async function load(processes: readonly Awaited<ReturnType<typeof startProcess>>[], key: string, ms: number) {
  const started = performance.now()
  const answers: Promise<number | undefined>[] = []
  for (let sent = 0; performance.now() - started < ms; ) {
    const due = ((performance.now() - started) / 1000) * RATE * 10
    for (; sent < due; sent++)
      answers.push(processes[sent % processes.length]?.ask(key) ?? Promise.resolve(0))
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const statuses = await Promise.all(answers)
  const served = statuses.filter(status => status === 204).length
  const seconds = (performance.now() - started) / 1000
  assert.ok(statuses.every(status => status === undefined || status === 204 || status === 429))
  return { sent: statuses.length, served, seconds }
}

test('four processes under ten times the load serve what the limit allows, no more and no less than nine tenths (fault 34)', async context => {
  await using fixture = await startFixture(limited, { work: false })
  const { database, key } = fixture
  await using one = await startProcess(database)
  await using two = await startProcess(database)
  await using three = await startProcess(database)
  await using four = await startProcess(database)
  const begun = performance.now()
  const whole = await load([one, two, three, four], key, 2000)
  context.diagnostic(
    `${whole.served} of ${whole.sent} in ${whole.seconds.toFixed(2)} s, ${RATE} a second, ${BURST} at once`,
  )
  assert.ok(whole.served <= BURST + RATE * whole.seconds, 'too many')
  assert.ok(whole.served >= 0.9 * RATE * 2, 'too few')

  // What it held is lost, and no more.
  const ending = once(four.child, 'exit')
  setTimeout(() => four.child.kill('SIGKILL'), 300)
  const rest = await load([one, two, three, four], key, 2000)
  await ending
  context.diagnostic(
    `${rest.served} of ${rest.sent} in ${rest.seconds.toFixed(2)} s, with one of them killed`,
  )
  assert.ok(whole.served + rest.served <= BURST + ((performance.now() - begun) / 1000) * RATE, 'too many')
  assert.ok(rest.served >= 0.9 * RATE * 2, 'too few')
})
