/** The one pool of connections. */
import { isIP, type Socket } from 'node:net'
import { Agent, ProxyAgent, buildConnector, type Dispatcher } from 'undici'
import { AddressRefused, type Guard } from './guard.ts'
import { CONNECT_TIMEOUT_MS, MAX_HEADER_BYTES } from './limits.ts'
import { createLookup, type Resolve } from './lookup.ts'

export interface Connections {
  readonly dispatcher: Dispatcher
  /** Ends every connection, those being made included. */
  close(): Promise<void>
}

const OPTIONS = {
  // HTTP/1.1, one request at a time on a connection: a slow answer holds up nobody else's.
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: MAX_HEADER_BYTES,
  keepAliveMaxTimeout: 60_000,
  // The deadline of the question covers both, to the millisecond; undici's own are coarse above a second.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const

/** `proxy`: URL of an HTTP proxy, which then resolves the names; the caller still checks literal addresses. */
export function openConnections(guard: Guard, resolve: Resolve, proxy: string | undefined): Connections {
  // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
  const tls = { rejectUnauthorized: true, timeout: CONNECT_TIMEOUT_MS }
  if (proxy !== undefined) {
    const agent = new ProxyAgent({ ...OPTIONS, uri: proxy, requestTls: tls, proxyTls: tls })
    return { dispatcher: agent, close: () => agent.destroy() }
  }

  const connecting = new Set<Socket>()
  const connect = buildConnector({
    ...tls,
    allowH2: false,
    autoSelectFamily: true,
    lookup: createLookup(guard, resolve),
  })
  const guarded: buildConnector.connector = (options, callback) => {
    // node:net asks no `lookup` for a literal.
    if (isIP(options.hostname) !== 0 && !guard(options.hostname)) {
      return callback(new AddressRefused(options.hostname), null)
    }
    const done = (...result: Parameters<buildConnector.Callback>) => {
      connecting.delete(socket)
      callback(...result)
    }
    // buildConnector returns the socket (lib/core/connect.js), though its type does not say so.
    const socket = connect(options, done) as unknown as Socket
    connecting.add(socket)
  }
  const agent = new Agent({ ...OPTIONS, connect: guarded })
  return {
    dispatcher: agent,
    async close() {
      const closed = agent.destroy()
      for (const socket of connecting) socket.destroy()
      await closed
    },
  }
}
