/** How requests get to customers' servers. */
import type { Config } from '../config/index.ts'
import { createConnectionPool } from './connection-pool.ts'
import { createResolver, type Resolve } from './dns.ts'
import { exchange, type HttpOutcome } from './exchange.ts'
import type { HttpRequest } from './http-request.ts'

/** Whose request it is. */
export interface Sender {
  readonly document: string
  /** The webhook's name in its document. */
  readonly webhook: string
  /** The request goes to the origin that the plan names. */
  readonly sameOrigin: boolean
}

export interface Transport {
  /** Sends one request and reads the whole response. Never rejects. */
  send(request: HttpRequest, sender: Sender, signal: AbortSignal): Promise<HttpOutcome>
  close(): Promise<void>
}

export interface HttpTransportOptions {
  readonly config: Omit<Config['webhooks'], 'env'>
  /** Networks that one document's webhooks may reach besides those that all may. */
  readonly privateNetworks: (document: string) => readonly string[]
  /** Host names to addresses. Default: the hosts file, then the name servers. */
  readonly resolve?: Resolve
}

/** Requests go over connections to the servers that their URLs name. */
export function createHttpTransport({
  config,
  privateNetworks,
  resolve = createResolver(),
}: HttpTransportOptions): Transport {
  const pool = createConnectionPool(config, privateNetworks, resolve)
  return {
    async send(request, { document, sameOrigin }, signal) {
      const lease = await pool.acquire(document, request.url, sameOrigin, signal)
      return 'kind' in lease ? lease : exchange(lease, request, signal)
    },
    close: pool.close,
  }
}
