import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { api } from '../../src/contract/index.ts'
import { serve } from '../../src/runtimes/node/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { tempFolder } from '../store/temp.ts'

const nothing = api({ title: 'Nothing', version: '1' })

/** Serves with options that the types would refuse. */
const served = (options: object, what: unknown = nothing): Promise<unknown> =>
  serve(what as typeof nothing, { port: 0, signals: false, ...options } as never)

const cases: [string, () => Promise<unknown>, RegExp][] = [
  [
    'an option that does not exist',
    () => served({ publicURL: 'https://x.example' }),
    /^options: there is no option 'publicURL'\. Did you mean 'publicUrl'\?$/,
  ],
  ['no store', () => served({}), /^options: there is no store\. Set store: sqlite\('data\/shop\.db'\)/],
  [
    'the path of a store in place of one',
    () => served({ store: 'postgres://u:hidden@h/d' }),
    /^options: store is a string, which opens nothing\. Set store:(?!.*hidden)/,
  ],
  [
    'the path of a folder in place of a sink',
    () => served({ store: sqlite('x.db'), files: 'data/files' }),
    /^options: files is a string, which opens nothing\. Set files: folder\('data\/files'\)/,
  ],
  [
    'what is no api',
    () => served({ store: sqlite('x.db') }, {}),
    /^serve: its first argument is no api\. Give/,
  ],
  [
    'CORS for nobody that is named',
    () => served({ store: sqlite('x.db'), cors: true }),
    /^cors: it names no origins: write \{ origins: \[/,
  ],
  [
    'a variable of the environment that is not set',
    () => served({ store: postgres(undefined as never) }),
    /^the address of the database is undefined: is the variable set/,
  ],
  [
    'an address of no scheme, whose password is not told',
    () => served({ store: postgres('u:hidden@h/d') }),
    /^the address of the database does not begin with postgres:\/\/(?!.*hidden)/,
  ],
  [
    'a password that breaks its address, and is not told',
    () => served({ store: postgres('postgres://u:hid#den@h/d') }),
    /^the address of the database is no URL: in a password write # as %23(?!.*hid#den)/,
  ],
  [
    'a server that is not there',
    () => served({ store: postgres('postgres://u:hidden@127.0.0.1:1/d') }),
    /^the database at postgres:\/\/u@127\.0\.0\.1:1\/d cannot be used: .*ECONNREFUSED.*\. Nothing listens there: start/,
  ],
]

for (const [what, start, message] of cases) {
  test(`${what} is refused at the start, with the place and the mend`, async () => {
    await assert.rejects(start(), (error: Error) => {
      assert.match(error.message, message)
      return true
    })
  })
}

test('a port that is taken is named with the mend, and nothing is left at work', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  await using folder = await tempFolder()
  const store = sqlite(join(folder.path, 'x.db'))
  await assert.rejects(
    served({ store, port }),
    new RegExp(
      `^Error: port ${port} of 127\\.0\\.0\\.1 is taken: another program listens there\\. End it, or`,
    ),
  )
})
