import type { Server } from 'node:http'

/** Listens. @throws Error that names the address and the mend. */
export function bind(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const why = error.code === undefined ? undefined : FAULTS[error.code]?.(port, host)
      reject(why === undefined ? error : new Error(why, { cause: error }))
    }
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

const FAULTS: { readonly [code: string]: (port: number, host: string) => string } = {
  EADDRINUSE: (port, host) =>
    `port ${port} of ${host} is taken: another program listens there. End it, or choose another port (0 takes a free one)`,
  EADDRNOTAVAIL: (_port, host) =>
    `${host} is no address of this machine. As host give 127.0.0.1 for this machine only, or 0.0.0.0 for all of its addresses`,
  EACCES: (port, host) =>
    `this process may not listen on port ${port} of ${host}. Choose a port above 1023, behind a proxy`,
  ENOTFOUND: (_port, host) =>
    `the host '${host}' has no address. Give an address of this machine, such as 127.0.0.1`,
}
