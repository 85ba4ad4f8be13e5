import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort, postgresPrograms, startCluster } from '../../scripts/postgres.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { startFixture } from './fixture.ts'
import { orderPaid, shop } from './postgres-shop.ts'

// Which server a connection leads to, where there are several, or one that was started anew.

const execute = promisify(execFile)
const programs = postgresPrograms() ?? ''

/** Runs a program of PostgreSQL as the user whose data these are, since it refuses to run as root. */
async function asOwner(data: string, program: string, ...args: readonly string[]): Promise<void> {
  const { uid, gid } = statSync(data)
  const user = process.getuid?.() === 0 ? { uid, gid } : {}
  // A server that goes on must not hold what this one waits for.
  await execute(join(programs, program), [...args, '-D', data], { ...user, cwd: tmpdir() })
}

const startServer = (data: string, port: string): Promise<void> =>
  asOwner(
    data,
    'pg_ctl',
    'start',
    '-w',
    '-l',
    join(data, 'log'),
    '-o',
    `-p ${port} -c unix_socket_directories=${data}`,
  )
const stopServer = (data: string): Promise<void> => asOwner(data, 'pg_ctl', 'stop', '-w', '-m', 'fast')

async function asked(url: string, text: string): Promise<Record<string, string>> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(text)).rows[0]
  } finally {
    await client.end()
  }
}

/** Emits in a transaction of a client on this server, and commits. */
async function emitAt(url: string, emit: (client: pg.Client) => Promise<string>): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query('begin')
    const id = await emit(client)
    await client.query('commit')
    return id
  } finally {
    await client.end()
  }
}

test('a server that was started anew is the one it was; a clone of it, and its standby, are others', async () => {
  await using cluster = await startCluster()
  const { url } = cluster
  const data = String((await asked(url, 'show data_directory'))['data_directory'])
  await using fixture = await startFixture(shop, { store: postgres(url) })
  const { account } = fixture
  const { app } = fixture.serving
  const emit = (tx: pg.Client) => app.emit(orderPaid, { id: 'ord_1', cents: 1 }, { tx, account })
  const ids = [await emitAt(url, emit)]

  const copy = await mkdtemp(join(tmpdir(), 'signalbox-copy-'))
  const { uid, gid } = statSync(data)
  await chown(copy, uid, gid)
  const { hostname, port } = new URL(url)
  await asOwner(copy, 'pg_basebackup', '-R', '-c', 'fast', '-h', hostname, '-p', port, '-U', 'postgres')
  const copyPort = String(await freePort())
  const copyUrl = url.replace(`:${port}/`, `:${copyPort}/`)
  await startServer(copy, copyPort)
  try {
    const isStandby = { name: 'UnfitConnection', message: /to a standby\. Connect to the primary/ }
    await assert.rejects(emitAt(copyUrl, emit), isStandby)
    await asked(copyUrl, 'select pg_promote()')
    const isOther = {
      name: 'UnfitConnection',
      message: /on another server\. Connect to 'postgres' at the url/,
    }
    await assert.rejects(emitAt(copyUrl, emit), isOther)
  } finally {
    await stopServer(copy)
    await rm(copy, { recursive: true })
  }

  await stopServer(data)
  await startServer(data, port)
  try {
    ids.push(await emitAt(url, emit))
    const { stored } = await asked(
      url,
      'select json_agg(id order by id)::text as stored from signalbox.signalbox_events',
    )
    assert.deepEqual(JSON.parse(stored ?? ''), ids)
    await fixture.serving.close()
  } finally {
    await stopServer(data)
  }
})
