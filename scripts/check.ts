import { type Command, run } from './run.ts'

export interface Step {
  readonly name: string
  /** All are run, so that one look shows all there is to mend. */
  readonly commands: readonly Command[]
}

const STEPS: readonly Step[] = [
  { name: 'format', commands: [['biome', 'check', '--linter-enabled=false', '--max-diagnostics=none', '.']] },
  {
    name: 'lint',
    commands: [
      ['biome', 'lint', '--error-on-warnings', '--max-diagnostics=none', '.'],
      ['oxlint', '--type-aware', '--deny-warnings'],
    ],
  },
  {
    name: 'types',
    commands: [
      ['tsc', '-p', '.'],
      ['tsc', '-p', 'web', '--noEmit'],
    ],
  },
  { name: 'floors', commands: [['node', 'scripts/floors.ts']] },
  { name: 'unused', commands: [['knip']] },
  { name: 'package', commands: [['node', 'scripts/package.ts']] },
]

/** Runs the steps in their order, a line for each and the output of what fails. Returns the names of those that failed. */
export async function check(
  steps: readonly Step[],
  elapsed: () => number,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, commands } of steps) {
    const start = elapsed()
    const outputs: string[] = []
    for (const command of commands) {
      const { code, output } = await run(command)
      if (code !== 0) outputs.push(`$ ${command.join(' ')}\n${output.trimEnd()}`)
    }
    const seconds = ((elapsed() - start) / 1000).toFixed(1)
    say(`${outputs.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${seconds.padStart(5)} s`)
    for (const output of outputs) say(output)
    if (outputs.length > 0) failed.push(name)
  }
  return failed
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find(name => !STEPS.some(step => step.name === name))
  if (unknown !== undefined) {
    console.error(`No step '${unknown}'. There are: ${STEPS.map(step => step.name).join(', ')}`)
    process.exitCode = 2
    return
  }
  const steps = names.length === 0 ? STEPS : STEPS.filter(step => names.includes(step.name))
  const failed = await check(steps, () => performance.now(), console.log)
  console.log(
    failed.length === 0
      ? `check: ${steps.length} of ${steps.length} ok`
      : `check: FAILED ${failed.join(', ')}`,
  )
  if (failed.length > 0) process.exitCode = 1
}

if (import.meta.main) await main(process.argv.slice(2))
