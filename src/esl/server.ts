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
  /** Connections that have not yet handed a call over; 4096 unless given. */
  readonly maxPending?: number
  readonly onConnection: (connection: Connection) => void
}

export interface EslServer {
  readonly port: number
  readonly listening: boolean
  /** Connections that are open now. */
  readonly connections: number
  /**
   * Stops listening, so that FreeSWITCH goes to its next host. Connections stay, and those that the kernel has
   * made already are taken first: closed with the port, each would be a call dropped.
   */
  close(): void
  /** Listens again, on the same port. @throws BelplanError `listen` */
  reopen(): Promise<void>
}

/** Connections that the kernel keeps until they are taken; past it FreeSWITCH's would have to knock again, a second later. */
const BACKLOG = 4096
/** Whoever floods us does not flood the log. */
const LOG_EVERY_MS = 1000

/** @throws BelplanError `listen` when the port cannot be had, `config` when `allow` is not a list of networks */
export async function listen(options: ServerOptions): Promise<EslServer> {
  const isAllowed = allowList(options.allow)
  const { host, maxPending = 4096, log, onConnection } = options
  const connections = new Set<Connection>()
  const pending = new Set<Connection>()
  let dropped = 0
  let loggedAt = -Infinity

  function accept(socket: Socket): void {
    taken++
    const peer = socket.remoteAddress
    if (peer === undefined || !isAllowed(peer)) {
      socket.destroy()
      log.warn({ peer }, 'connection refused: not in esl.allow')
      return
    }
    const connection = new Connection(socket, options)
    connections.add(connection)
    pending.add(connection)
    socket.on('close', () => {
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
    dropped++
    if (performance.now() - loggedAt < LOG_EVERY_MS) return
    log.warn({ maxPending, dropped }, 'connections that handed no call over were dropped: too many of them')
    loggedAt = performance.now()
    dropped = 0
  }

  async function start(port: number): Promise<Server> {
    const server = createServer({ noDelay: true }, accept)
    server.listen({ host, port, backlog: BACKLOG })
    try {
      await once(server, 'listening')
    } catch (error) {
      throw cannotListen(host, port, error as NodeJS.ErrnoException)
    }
    server.on('error', (error) => log.warn({ error: error.message }, 'a connection could not be accepted'))
    return server
  }

  /** Each turn of the event loop takes one connection; the port closes behind the first that takes none. */
  function closeBehind(before: number, turns: number): void {
    setImmediate(() => {
      if (!closing) return
      if (taken === before || turns === 0) server.close()
      else closeBehind(taken, turns - 1)
    })
  }

  let taken = 0
  let server = await start(options.port)
  let closing = false
  const { port } = server.address() as { port: number }

  return {
    port,
    get listening() {
      return !closing && server.listening
    },
    get connections() {
      return connections.size
    },
    close() {
      closing = true
      // At least one whole turn: this one may have taken its connection already.
      closeBehind(-1, BACKLOG)
    },
    async reopen() {
      closing = false
      if (!server.listening) server = await start(port)
    },
  }
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): BelplanError {
  const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be had: ${error.message}`
  return new BelplanError('listen', `port ${port} on ${host} (esl.port) ${why}`, [], error)
}
