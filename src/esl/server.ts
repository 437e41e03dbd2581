/** Where FreeSWITCH connects to: one connection per call. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { BelplanError } from '../errors.ts'
import { allowList } from './allow-list.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

export interface ServerOptions extends ConnectionOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** CIDRs or addresses of those who may connect. */
  readonly allow: readonly string[]
  /** Connections that have not yet handed a call over; 1024 unless given. */
  readonly maxPending?: number
  readonly onConnection: (connection: Connection) => void
}

export interface EslServer {
  readonly port: number
  readonly listening: boolean
  /** Connections that are open now. */
  readonly connections: number
  /** Stops listening at once, so that FreeSWITCH goes to its next host; connections stay. */
  close(): void
  /** Listens again, on the same port. @throws BelplanError `listen` */
  reopen(): Promise<void>
}

/** @throws BelplanError `listen` when the port cannot be had, `config` when `allow` is not a list of networks */
export async function listen(options: ServerOptions): Promise<EslServer> {
  const isAllowed = allowList(options.allow)
  const { host, maxPending = 1024, log, onConnection } = options
  const connections = new Set<Connection>()
  const pending = new Set<Connection>()

  function accept(socket: Socket): void {
    const peer = socket.remoteAddress
    if (peer === undefined || !isAllowed(peer)) {
      socket.destroy()
      log.warn({ peer }, 'connection refused: not in esl.allow')
      return
    }
    const connection = new Connection(socket, options)
    connections.add(connection)
    pending.add(connection)
    socket.once('close', () => {
      connections.delete(connection)
      pending.delete(connection)
    })
    if (pending.size > maxPending) makeRoom()
    onConnection(connection)
  }

  /** FreeSWITCH answers in milliseconds: of those that did not, the one that waits longest is least likely a call. */
  function makeRoom(): void {
    for (const connection of pending) if (connection.opened) pending.delete(connection)
    if (pending.size <= maxPending) return
    const [oldest] = pending
    oldest?.destroy()
    log.warn({ maxPending }, 'a connection that handed no call over was dropped: too many of them')
  }

  async function start(port: number): Promise<Server> {
    const server = createServer({ noDelay: true }, accept)
    server.listen({ host, port })
    try {
      await once(server, 'listening')
    } catch (error) {
      throw cannotListen(host, port, error as NodeJS.ErrnoException)
    }
    server.on('error', (error) => log.warn({ error: error.message }, 'a connection could not be accepted'))
    return server
  }

  let server = await start(options.port)
  const { port } = server.address() as { port: number }

  return {
    port,
    get listening() {
      return server.listening
    },
    get connections() {
      return connections.size
    },
    close() {
      server.close()
    },
    async reopen() {
      if (!server.listening) server = await start(port)
    },
  }
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): BelplanError {
  const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be had: ${error.message}`
  return new BelplanError('listen', `port ${port} on ${host} (esl.port) ${why}`, [], error)
}
