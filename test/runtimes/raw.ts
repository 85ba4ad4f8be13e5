import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends bytes and reads until the server hangs up. */
export async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const answer = received(socket)
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return answer()
}

/** What a socket has received so far. A reset by the server is an end like others. */
export function received(socket: Socket): () => string {
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString()
  })
  socket.on('error', () => undefined)
  return () => text
}

/** The statuses of the answers in what came over one connection, in their order. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
