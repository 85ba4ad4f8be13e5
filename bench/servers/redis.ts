import { temporaryFolder } from '../cases/temporary.ts'
import { freePort, start } from '../processes.ts'

export interface Redis extends AsyncDisposable {
  readonly port: number
}

/** A Redis of our own on the loopback, with an append-only file that is flushed every second. */
export async function startRedis(): Promise<Redis> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const port = await freePort()
  const server = stack.use(
    start({
      command: 'redis-server',
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'everysec'],
      ],
    }),
  )
  await server.line('Ready to accept connections', 20_000)
  const owned = stack.move()
  return { port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
