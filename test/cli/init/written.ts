import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { packageOptions } from '../../declarations.ts'
import { client, type Send } from '../../e2e/client.ts'

const execute = promisify(execFile)

/** A project of somebody who has installed Signalbox: what `init` writes is checked and run there. */
export interface Project extends AsyncDisposable {
  readonly folder: string
  /** As `tsc` does it, strictly. */
  typeCheck(): Promise<void>
  /** `signalbox serve api.ts`. */
  start(database: string): Promise<Started>
}

export interface Started extends AsyncDisposable {
  readonly url: string
  /** `node key.ts ACCOUNT`, and a client with the key. */
  as(account: string): Promise<Send>
}

export async function project(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-init-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(resolve('.'), join(folder, 'node_modules/signalbox'))
  for (const name of ['zod', '@types'])
    await symlink(resolve('node_modules', name), join(folder, 'node_modules', name))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return {
    folder,
    async typeCheck() {
      const compilerOptions = { ...STRICT, ...(await packageOptions()) }
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
      await execute(resolve('node_modules/.bin/tsc'), ['-p', folder]).catch((error: unknown) =>
        assert.fail((error as { readonly stdout: string }).stdout),
      )
    },
    start: database => start(folder, database),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  exactOptionalPropertyTypes: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  noEmit: true,
  module: 'nodenext',
  target: 'es2024',
  lib: ['es2024'],
  types: ['node'],
  allowImportingTsExtensions: true,
  skipLibCheck: true,
}

async function start(folder: string, database: string): Promise<Started> {
  const options = { cwd: folder, env: { ...process.env, DATABASE_URL: database } }
  const program = resolve('src/cli/main.ts')
  const args = ['--conditions=signalbox-source', program, 'serve', 'api.ts', '--port', '0']
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const ended = new Promise<void>(end => child.once('close', () => end()))
  const url = await new Promise<string>((found, failed) => {
    const look = (chunk: Buffer): void => {
      said += chunk.toString()
      const [, at] = / is at (http:\S+)/.exec(said) ?? []
      if (at !== undefined) found(at)
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    void ended.then(() => failed(new Error(said)))
  })
  return {
    url,
    async as(account) {
      const { stdout } = await execute(
        process.execPath,
        ['--conditions=signalbox-source', 'key.ts', account],
        options,
      )
      return client(url, stdout.trim())
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
