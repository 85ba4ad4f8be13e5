import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'
import { runAll } from './run.ts'

/** Builds and packs what `npm publish` would send. Returns the tarball's path in `folder`. */
export async function pack(folder: string): Promise<string> {
  await build()
  await runAll(['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack made no tarball')
  return join(folder, tarball)
}

/** The package as others get it: its fields name files that exist, and its types resolve as its modules do. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'package-'))
  try {
    const tarball = await pack(folder)
    await runAll(
      ['publint', 'run', tarball, '--strict'],
      ['attw', tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji'],
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) await main()
