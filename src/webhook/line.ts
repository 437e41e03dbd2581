/** One connection to a customer's server. */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { Client, ProxyAgent, buildConnector, errors, type Dispatcher } from 'undici'
import { AddressRefused, type Guard } from './guard.ts'
import { CONNECT_TIMEOUT_MS, MAX_HEADER_BYTES, MAX_KEEP_ALIVE_MS, MAX_WIRE_BYTES } from './limits.ts'

export interface Line {
  readonly dispatcher: Dispatcher
  /** Connected, and good for another request. */
  readonly open: boolean
  /** A request begins: what its answer may take is counted from here. */
  begin(): void
  /** Since then, below TLS. */
  readonly bytesRead: number
  /** The head of its answer is through, or a part of the body came. */
  readonly came: () => void
  /** Ends it at once, also while it is being made. */
  end(): Promise<void>
}

export interface LineParts {
  readonly origin: string
  readonly guard: Guard
  readonly lookup: LookupFunction
  /** The other side closed it, or it broke. */
  readonly onClosed: () => void
}

const OPTIONS = {
  // HTTP/1.1, one request at a time on a connection: a slow answer holds up nobody else's.
  allowH2: false,
  pipelining: 1,
  // Never reached: where the head of an answer and trailers behind it come in one piece, two pieces are the most.
  maxHeaderSize: 2 * MAX_HEADER_BYTES,
  keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
  // The deadline of the question covers both, to the millisecond; undici's own are coarse above a second.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const

// Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
const TLS = { rejectUnauthorized: true, allowH2: false } as const

/** Thrown into a connection that brought more bytes than any answer of 64 KiB needs. */
class WireOverflow extends Error {
  readonly code = 'WIRE_OVERFLOW'
}

/** `proxy`: URL of an HTTP proxy, which then resolves the names; the caller still checks literal addresses. */
export function createLines(proxy: string | undefined): (parts: LineParts) => Line {
  // One for all, since it remembers TLS sessions.
  const handshake = buildConnector({ ...TLS, timeout: 0 })

  return ({ origin, guard, lookup, onClosed }) => {
    const tunnelled = proxy !== undefined && origin.startsWith('https:')
    let tcp: Socket | undefined
    /** What requests go over: `tcp`, or TLS on it. */
    let stream: Socket | undefined
    let ready = false
    let readBefore = 0
    /** Bytes that undici was given and has not told of: all that is left of them may be lines of a header. */
    let untold = 0

    /**
     * Hands over in pieces what came in: undici goes through all that it reads, and makes an error for every line
     * behind its limit. Trailers and interim answers are headers like others.
     */
    function handInPieces(connected: Socket): void {
      const read = connected.read.bind(connected) as (size?: number) => Buffer | null
      connected.read = (size?: number) => {
        // Nothing there: it asks for more, or finds the end.
        if (size !== undefined || connected.readableLength === 0) return read(size)
        if (untold === MAX_HEADER_BYTES) connected.destroy(new errors.HeadersOverflowError())
        if (connected.destroyed) return null
        const piece = read(Math.min(connected.readableLength, MAX_HEADER_BYTES - untold))
        untold += piece?.length ?? 0
        return piece
      }
    }

    /**
     * Counts below TLS and HTTP, where nothing is left out: chunk extensions, reason phrases, blank lines and TLS
     * records without content reach no handler of undici's.
     */
    function watch(connected: Socket): void {
      stream = connected
      ready = true
      const count = () => {
        if ((tcp?.bytesRead ?? 0) - readBefore > MAX_WIRE_BYTES) connected.destroy(new WireOverflow())
      }
      connected.on('readable', count).on('session', count)
      handInPieces(connected)
    }

    const connect: buildConnector.connector = (options, callback) => {
      const { hostname, protocol } = options
      const direct = proxy === undefined
      // node:net asks no `lookup` for a literal.
      if (direct && isIP(hostname) !== 0 && !guard(hostname))
        return callback(new AddressRefused(hostname), null)
      const secure = protocol === 'https:'
      const made = connectTcp({
        host: hostname,
        port: Number(options.port || (secure ? 443 : 80)),
        autoSelectFamily: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 60_000,
        ...(direct && { lookup }),
      })
      tcp = stream = made
      ready = false
      readBefore = untold = 0
      const timer = setTimeout(() => stream?.destroy(new errors.ConnectTimeoutError()), CONNECT_TIMEOUT_MS)
      let told = false
      const tell = (...result: Parameters<buildConnector.Callback>) => {
        clearTimeout(timer)
        if (told) return
        told = true
        if (result[1] && !tunnelled) watch(result[1])
        callback(...result)
      }
      made.on('error', (error) => tell(error, null))
      made.once('close', () => {
        clearTimeout(timer)
        onClosed()
      })
      made.once('connect', () => {
        if (!secure) return tell(null, made)
        // buildConnector returns the socket (lib/core/connect.js), though its type does not say so.
        stream = handshake({ ...options, httpSocket: made }, tell) as unknown as Socket
      })
    }

    const dispatcher =
      proxy === undefined
        ? new Client(origin, { ...OPTIONS, connect })
        : through(proxy, origin, connect, watch)
    return {
      dispatcher,
      get open() {
        return ready && stream?.destroyed === false
      },
      get bytesRead() {
        return (tcp?.bytesRead ?? 0) - readBefore
      },
      begin() {
        readBefore = tcp?.bytesRead ?? 0
        untold = 0
      },
      came() {
        untold = 0
      },
      async end() {
        const ended = dispatcher.destroy()
        stream?.destroy()
        tcp?.destroy()
        await ended
      },
    }
  }
}

/** undici's ProxyAgent, kept to one connection: plain HTTP is asked of the proxy, TLS goes through a tunnel. */
function through(
  proxy: string,
  origin: string,
  connect: buildConnector.connector,
  watch: (connected: Socket) => void,
): Dispatcher {
  const toProxy = (url: string | URL) => new Client(url, { ...OPTIONS, connect })
  return new ProxyAgent({
    ...OPTIONS,
    uri: proxy,
    requestTls: { ...TLS, timeout: CONNECT_TIMEOUT_MS },
    clientFactory: toProxy,
    factory(to, options: Client.Options) {
      if (origin.startsWith('http:')) return toProxy(to)
      const tunnel = options.connect as buildConnector.connector
      return new Client(to, {
        ...options,
        connect: (about, callback) =>
          tunnel(about, (...result) => {
            if (result[1]) watch(result[1])
            callback(...result)
          }),
      })
    },
  })
}
