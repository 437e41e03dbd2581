/** One connection to a customer's server: undici's, with limits on what comes in from the network. */
import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net'
import { Client, ProxyAgent, buildConnector, errors, type Dispatcher } from 'undici'

export interface Connection {
  readonly dispatcher: Dispatcher
  /** Connected, and able to carry another request. */
  readonly reusable: boolean
  /** A request begins: the bytes of its response are counted from here. */
  beginRequest(): void
  /** Since then, below TLS. */
  readonly bytesRead: number
  /** Must be called when the headers of the response, or a part of its body, have been received. */
  received(): void
  /** At once, also while it is being opened. */
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly origin: string
  readonly lookup: LookupFunction
  /** The peer closed it, or it broke. */
  readonly onClosed: () => void
}

/**
 * TCP and TLS together. Long enough for one lost SYN (sent again after 1 s); short enough that a server which drops
 * packets leaves time for a retry, and that few sockets remain where nobody waits for them any more.
 */
const CONNECT_TIMEOUT_MS = 2000
/** Longer than the 5 s that many servers have; a connection costs a descriptor. */
const MAX_KEEP_ALIVE_MS = 10_000
/**
 * Of a response until its headers are complete, line ends and interim responses included, and as much again between
 * two parts of its body and after it, for chunk sizes and trailers.
 */
const MAX_HEADER_BYTES = 16 * 1024
/**
 * Bytes of one response as they come in from the network: 64 KiB of body, and as much as that for the lines around its
 * chunks, a TLS record for each of them, headers, interim responses and a TLS handshake, and twice that again.
 */
const MAX_WIRE_BYTES = 512 * 1024

const OPTIONS = {
  // HTTP/1.1, one request at a time on a connection: a slow response delays no other.
  allowH2: false,
  pipelining: 1,
  // Never reached: where headers and trailers of a response come in one piece, the most is two pieces.
  maxHeaderSize: 2 * MAX_HEADER_BYTES,
  keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
  // The deadline of the webhook request covers both, to the millisecond; undici's own are coarse above a second.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const

// Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
const TLS = { rejectUnauthorized: true, allowH2: false } as const

/** Destroys a connection that brought more bytes than any response of 64 KiB needs. */
class WireOverflow extends Error {
  readonly code = 'WIRE_OVERFLOW'
}

/** Opens connections when their first request is sent. `proxy`: URL of an HTTP proxy, which then resolves the names. */
export function createConnector(proxy: string | undefined): (options: ConnectionOptions) => Connection {
  // One for all, since it keeps TLS sessions.
  const handshake = buildConnector({ ...TLS, timeout: 0 })

  return ({ origin, lookup, onClosed }) => {
    const tunnelled = proxy !== undefined && origin.startsWith('https:')
    let tcp: Socket | undefined
    /** What carries the requests: `tcp`, or TLS on it. */
    let stream: Socket | undefined
    let ready = false
    let readBefore = 0
    /** Bytes that undici has read without `received`: all of them may be lines of a header. */
    let pending = 0

    /**
     * Makes undici read in pieces: it parses all that it reads, and creates an error for every line beyond its limit.
     * Trailers and interim responses are headers like others.
     */
    function readInPieces(connected: Socket): void {
      const read = connected.read.bind(connected) as (size?: number) => Buffer | null
      connected.read = (size?: number) => {
        // Nothing there: it waits for more, or finds the end.
        if (size !== undefined || connected.readableLength === 0) return read(size)
        if (pending === MAX_HEADER_BYTES) connected.destroy(new errors.HeadersOverflowError())
        if (connected.destroyed) return null
        const piece = read(Math.min(connected.readableLength, MAX_HEADER_BYTES - pending))
        pending += piece?.length ?? 0
        return piece
      }
    }

    /**
     * Counts below TLS and HTTP, where nothing is left out: chunk extensions, reason phrases, blank lines and empty
     * TLS records reach no handler of undici's.
     */
    function watch(connected: Socket): void {
      stream = connected
      ready = true
      const count = () => {
        if ((tcp?.bytesRead ?? 0) - readBefore > MAX_WIRE_BYTES) connected.destroy(new WireOverflow())
      }
      connected.on('readable', count).on('session', count)
      readInPieces(connected)
    }

    const connect: buildConnector.connector = (options, callback) => {
      const secure = options.protocol === 'https:'
      const made = connectTcp({
        host: options.hostname,
        port: Number(options.port || (secure ? 443 : 80)),
        autoSelectFamily: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 60_000,
        ...(proxy === undefined && { lookup }),
      })
      tcp = stream = made
      ready = false
      readBefore = pending = 0
      const timer = setTimeout(() => stream?.destroy(new errors.ConnectTimeoutError()), CONNECT_TIMEOUT_MS)
      let settled = false
      const settle = (...result: Parameters<buildConnector.Callback>) => {
        clearTimeout(timer)
        if (settled) return
        settled = true
        if (result[1] && !tunnelled) watch(result[1])
        callback(...result)
      }
      made.on('error', (error) => settle(error, null))
      made.once('close', () => {
        clearTimeout(timer)
        onClosed()
      })
      made.once('connect', () => {
        if (!secure) return settle(null, made)
        // buildConnector returns the socket (lib/core/connect.js), though its type does not say so.
        stream = handshake({ ...options, httpSocket: made }, settle) as unknown as Socket
      })
    }

    const dispatcher =
      proxy === undefined
        ? new Client(origin, { ...OPTIONS, connect })
        : proxyDispatcher(proxy, origin, connect, watch)
    return {
      dispatcher,
      get reusable() {
        return ready && stream?.destroyed === false
      },
      get bytesRead() {
        return (tcp?.bytesRead ?? 0) - readBefore
      },
      beginRequest() {
        readBefore = tcp?.bytesRead ?? 0
        pending = 0
      },
      received() {
        pending = 0
      },
      async close() {
        const destroyed = dispatcher.destroy()
        stream?.destroy()
        tcp?.destroy()
        await destroyed
      },
    }
  }
}

/** undici's ProxyAgent, limited to one connection: plain HTTP is requested from the proxy, TLS goes through a tunnel. */
function proxyDispatcher(
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
        connect: (connectOptions, callback) =>
          tunnel(connectOptions, (...result) => {
            if (result[1]) watch(result[1])
            callback(...result)
          }),
      })
    },
  })
}
