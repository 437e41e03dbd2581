/** Where FreeSWITCH connects to: one connection per call. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { BelplanError } from '../util/errors.ts'
import { Members } from '../util/members.ts'
import { networkMatcher } from '../util/networks.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

export interface ServerOptions extends ConnectionOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Networks and addresses that may connect. */
  readonly allow: readonly string[]
  /** How many connections may be open that have not handed a call over; 4096 unless given. */
  readonly maxPending?: number
  /** For how long such a connection counts as a call to come; 1000 unless given. */
  readonly silentMs?: number
}

export interface EslServer {
  /** Once it is open the one that it listens on, where 0 was asked for. */
  readonly port: number
  readonly listening: boolean
  /** Connections that are open now, without those that have been silent too long to be calls. */
  readonly connections: number
  /**
   * Stops listening, so that FreeSWITCH tries its next host. Connections stay, and those in the kernel's backlog are
   * accepted first: closed with the port, each would be a call dropped.
   */
  close(): void
  /** Listens, and hands over each connection from then on. @throws BelplanError `listen` when the port cannot be bound */
  open(onConnection: (connection: Connection) => void): Promise<void>
  /** Listens again, on the same port. @throws BelplanError `listen` */
  reopen(): Promise<void>
}

/** Connections that the kernel keeps until they are accepted; past it FreeSWITCH's SYN is sent again a second later. */
const BACKLOG = 4096
/**
 * A machine that vanished ends nothing: its calls would count as held for ever. The kernel asks it after so long without a word,
 * and then ten times, a second apart (libuv, uv__tcp_keepalive).
 */
const KEEPALIVE_MS = 10_000
/** A flood of connections does not flood the log. */
const LOG_EVERY_MS = 1000

/** A connection that had not handed a call over when it was last checked. */
interface Newcomer {
  readonly connection: Connection
  /** By `performance.now()`. */
  readonly since: number
}

/** Does not listen yet. @throws BelplanError `config` when `allow` is not a list of networks */
export function createEslServer(options: ServerOptions): EslServer {
  const isAllowed = networkMatcher(options.allow)
  const { host, maxPending = 4096, silentMs = 1000, log } = options
  let open = 0
  /** The oldest first. */
  const pending = new Members<Newcomer>()
  const logRefused = rateLimited((refused, peer) =>
    log.warn({ peer, refused }, 'connection refused: not in esl.allow'),
  )
  const logDropped = rateLimited((dropped) =>
    log.warn({ maxPending, dropped }, 'connections that handed no call over were dropped: too many of them'),
  )

  function accept(socket: Socket): void {
    accepted++
    const peer = socket.remoteAddress
    if (peer === undefined || !isAllowed(peer)) {
      socket.destroy()
      logRefused(peer)
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

  /** FreeSWITCH answers in milliseconds: of those that did not, the oldest is least likely a call. */
  function makeRoom(): void {
    for (const place of pending) if (place.member.connection.opened) pending.leave(place)
    if (pending.size <= maxPending) return
    const [oldest] = pending
    oldest?.member.connection.destroy()
    logDropped()
  }

  /** Connections that had time enough to hand a call over do not keep calls out. */
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

  async function start(): Promise<Server> {
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS },
      accept,
    )
    server.listen({ host, port, backlog: BACKLOG })
    try {
      await once(server, 'listening')
    } catch (error) {
      throw cannotListen(host, port, error as NodeJS.ErrnoException)
    }
    server.on('error', (error) => log.warn({ error: error.message }, 'a connection could not be accepted'))
    return server
  }

  /** Each turn of the event loop accepts one connection; the port closes after the first that accepts none. */
  function closeAfter(before: number, turns: number): void {
    setImmediate(() => {
      if (!closing) return
      if (accepted === before || turns === 0) server?.close()
      else closeAfter(accepted, turns - 1)
    })
  }

  let accepted = 0
  let server: Server | undefined
  let closing = false
  let { port } = options
  let onConnection: (connection: Connection) => void = () => undefined

  return {
    get port() {
      return port
    },
    get listening() {
      return !closing && server?.listening === true
    },
    async open(take) {
      onConnection = take
      server = await start()
      port = (server.address() as AddressInfo).port
    },
    get connections() {
      return callsToCome()
    },
    close() {
      closing = true
      // At least one whole turn: this one may have accepted its connection already.
      closeAfter(-1, BACKLOG)
    },
    async reopen() {
      closing = false
      if (server?.listening !== true) server = await start()
    },
  }
}

/** Calls `log` at most once in LOG_EVERY_MS, with how often it would have been called since. */
function rateLimited(log: (times: number, peer: string | undefined) => void): (peer?: string) => void {
  let times = 0
  let loggedAt = -Infinity
  return (peer) => {
    times++
    if (performance.now() - loggedAt < LOG_EVERY_MS) return
    log(times, peer)
    loggedAt = performance.now()
    times = 0
  }
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): BelplanError {
  const why =
    error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be bound: ${error.message}`
  return new BelplanError('listen', `port ${port} on ${host} (esl.port) ${why}`, [], error)
}
