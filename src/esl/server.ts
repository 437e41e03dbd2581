/** Where FreeSWITCH connects to: one connection per call. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { BelplanError } from '../util/errors.ts'
import { Members } from '../util/members.ts'
import { networkMatcher } from '../util/networks.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

export interface ServerOptions extends ConnectionOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** CIDRs or addresses of those who may connect. */
  readonly allow: readonly string[]
  /** Connections that have not yet handed a call over; 4096 unless given. */
  readonly maxPending?: number
  /** Such a connection counts as a call to come for so long; 1000 unless given. */
  readonly silentMs?: number
  readonly onConnection: (connection: Connection) => void
}

export interface EslServer {
  readonly port: number
  readonly listening: boolean
  /** Connections that are open now, but for those that are hardly calls: silent for too long. */
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

/** A connection that has not handed a call over, when last looked at. */
interface Newcomer {
  readonly connection: Connection
  /** By `performance.now()`. */
  readonly since: number
}

/** @throws BelplanError `listen` when the port cannot be had, `config` when `allow` is not a list of networks */
export async function listen(options: ServerOptions): Promise<EslServer> {
  const isAllowed = networkMatcher(options.allow)
  const { host, maxPending = 4096, silentMs = 1000, log, onConnection } = options
  let open = 0
  /** The oldest first. */
  const pending = new Members<Newcomer>()
  const tellRefused = seldom((refused, peer) =>
    log.warn({ peer, refused }, 'connection refused: not in esl.allow'),
  )
  const tellDropped = seldom((dropped) =>
    log.warn({ maxPending, dropped }, 'connections that handed no call over were dropped: too many of them'),
  )

  function accept(socket: Socket): void {
    taken++
    const peer = socket.remoteAddress
    if (peer === undefined || !isAllowed(peer)) {
      socket.destroy()
      tellRefused(peer)
      return
    }
    const connection = new Connection(socket, options)
    const place = pending.add({ connection, since: performance.now() })
    open++
    socket.on('close', () => {
      open--
      pending.leave(place)
    })
    if (pending.size > maxPending) makeRoom()
    onConnection(connection)
  }

  /** FreeSWITCH answers in milliseconds: of those that did not, the one that waits longest is least likely a call. */
  function makeRoom(): void {
    for (const place of pending) if (place.member.connection.opened) pending.leave(place)
    if (pending.size <= maxPending) return
    const [oldest] = pending
    oldest?.member.connection.destroy()
    tellDropped()
  }

  /** Those that had time enough to hand a call over do not keep calls out. */
  function callsToCome(): number {
    const late = performance.now() - silentMs
    let silent = 0
    for (const place of pending) {
      const { connection, since } = place.member
      if (connection.opened) pending.leave(place)
      else if (since > late) break
      else silent++
    }
    return open - silent
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
      return callsToCome()
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

/** Tells at most once in a while, with how often it was to be told since. */
function seldom(tell: (times: number, what: string | undefined) => void): (what?: string) => void {
  let times = 0
  let toldAt = -Infinity
  return (what) => {
    times++
    if (performance.now() - toldAt < LOG_EVERY_MS) return
    tell(times, what)
    toldAt = performance.now()
    times = 0
  }
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): BelplanError {
  const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be had: ${error.message}`
  return new BelplanError('listen', `port ${port} on ${host} (esl.port) ${why}`, [], error)
}
