/**
 * The connections to all customers' servers: how many there are, and which document uses which. undici's own pools
 * have no limit over all origins, cannot close an idle connection to make room for another origin's, and go on
 * connecting when nobody waits any more.
 */
import { isIP } from 'node:net'
import type { Config } from '../config/index.ts'
import { AddressRefused, createAddressFilter, type AddressFilter } from './address-filter.ts'
import { createConnector, type Connection } from './connection.ts'
import { endReasonOf, pause } from './deadline.ts'
import { createLookups, type Resolve } from './dns.ts'
import { busy, ended, refused, type Fault } from './faults.ts'
import { createConcurrencyLimit, createRateLimit, type ConcurrencyLimit } from './throttling.ts'

/** A connection for one request. */
export interface Lease {
  readonly connection: Connection
  /** Must be called when the request is over: without a complete response, the connection is closed. */
  readonly release: () => void
}

export interface ConnectionPool {
  /**
   * Waits for the document's rate limit and concurrency limit, and for that of all documents; a fault when the URL's
   * address is not allowed, when too many wait already, or when the signal aborts first. `sameOrigin`: the URL is of
   * the origin that the plan names. Connections to it are shared and kept alive; one that a redirect to another origin
   * needs is opened for it and closed after the response.
   */
  acquire(document: string, url: URL, sameOrigin: boolean, signal: AbortSignal): Promise<Lease | Fault>
  /** Closes every connection, those being opened included. */
  close(): Promise<void>
}

/** What a document uses, kept as long as it has a request or a connection. */
interface Usage {
  readonly document: string
  readonly concurrency: ConcurrencyLimit
  readonly idle: Set<Pooled>
  /** Its connections, idle ones included. */
  open: number
}

interface Pooled {
  readonly connection: Connection
  readonly key: string
  /** Of the document that used it last, which it counts for. */
  usage: Usage
}

/** `privateNetworks`: those that one document's webhooks may reach besides those that all may. */
export function createConnectionPool(
  limits: Omit<Config['webhooks'], 'env'>,
  privateNetworks: (document: string) => readonly string[],
  resolve: Resolve,
): ConnectionPool {
  const { maxConcurrentPerDocument, maxConnections } = limits
  const rate = createRateLimit(limits.requestsPerSecond, () => performance.now())
  const connect = createConnector(limits.proxy)
  const lookups = createLookups(resolve, maxConcurrentPerDocument)
  /** By private networks. */
  const filters = new Map<string, AddressFilter>()
  const usages = new Map<string, Usage>()
  const concurrency = createConcurrencyLimit(maxConnections, maxConnections)
  const all = new Set<Pooled>()
  /** The longest idle first. */
  const idle = new Set<Pooled>()
  /** By key, the longest idle first. */
  const idleByKey = new Map<string, Pooled[]>()

  function filterOf(networks: readonly string[]): AddressFilter {
    const key = networks.join(' ')
    let filter = filters.get(key)
    if (!filter)
      filters.set(key, (filter = createAddressFilter([...limits.allowPrivateNetworks, ...networks])))
    return filter
  }

  function usageOf(document: string): Usage {
    let usage = usages.get(document)
    if (!usage) {
      const own = createConcurrencyLimit(maxConcurrentPerDocument, limits.maxQueued)
      usage = { document, concurrency: own, idle: new Set(), open: 0 }
      usages.set(document, usage)
    }
    return usage
  }

  function forgetUnused(usage: Usage): void {
    if (usage.open === 0 && usage.concurrency.active === 0) usages.delete(usage.document)
  }

  function leave(usage: Usage): void {
    usage.concurrency.release()
    forgetUnused(usage)
  }

  function assign(pooled: Pooled, usage: Usage): void {
    pooled.usage = usage
    // Never empty then: fewer of this document's requests than it may have are on a connection by now.
    if (usage.open === maxConcurrentPerDocument) closeLongestIdle(usage.idle)
    usage.open++
  }

  function unassign({ usage }: Pooled): void {
    usage.open--
    forgetUnused(usage)
  }

  function open(origin: string, key: string, usage: Usage, isAllowed: AddressFilter): Pooled {
    if (all.size === maxConnections) closeLongestIdle(idle)
    const onClosed = () => {
      if (idle.has(pooled)) close(pooled)
    }
    const connection = connect({ origin, lookup: lookups(usage.document, isAllowed), onClosed })
    const pooled: Pooled = { connection, key, usage }
    all.add(pooled)
    assign(pooled, usage)
    return pooled
  }

  function addIdle(pooled: Pooled): void {
    idle.add(pooled)
    pooled.usage.idle.add(pooled)
    const others = idleByKey.get(pooled.key)
    if (others) others.push(pooled)
    else idleByKey.set(pooled.key, [pooled])
  }

  function removeIdle(pooled: Pooled): void {
    idle.delete(pooled)
    pooled.usage.idle.delete(pooled)
    const others = idleByKey.get(pooled.key)!
    others.splice(others.lastIndexOf(pooled), 1)
    if (others.length === 0) idleByKey.delete(pooled.key)
  }

  function takeIdle(key: string, usage: Usage): Pooled | undefined {
    const pooled = idleByKey.get(key)?.at(-1)
    if (!pooled) return undefined
    removeIdle(pooled)
    unassign(pooled)
    assign(pooled, usage)
    return pooled
  }

  function close(pooled: Pooled): void {
    if (idle.has(pooled)) removeIdle(pooled)
    all.delete(pooled)
    unassign(pooled)
    void pooled.connection.close()
  }

  function closeLongestIdle(candidates: Set<Pooled>): void {
    const [longest] = candidates
    if (longest) close(longest)
  }

  return {
    async acquire(document, { hostname, origin }, sameOrigin, signal) {
      const networks = privateNetworks(document)
      const isAllowed = filterOf(networks)
      // No look-up checks a literal, and a proxy resolves names itself.
      const literal = hostname.replace(/^\[|\]$/g, '')
      if (isIP(literal) !== 0 && !isAllowed(literal))
        return refused(new AddressRefused(literal).message, false)

      const waitMs = rate.reserve(document)
      if (waitMs > 0 && !(await pause(waitMs, signal))) return notAcquired('aborted', signal)
      const usage = usageOf(document)
      const own = await usage.concurrency.acquire(signal)
      if (own !== 'acquired') {
        forgetUnused(usage)
        return notAcquired(own, signal)
      }
      const turn = await concurrency.acquire(signal)
      if (turn !== 'acquired') {
        leave(usage)
        return notAcquired(turn, signal)
      }

      // Documents share connections only where they may reach the same networks.
      const key = `${networks.join(' ')} ${origin}`
      const reused = sameOrigin ? takeIdle(key, usage) : undefined
      const pooled = reused ?? open(origin, key, usage, isAllowed)
      const handshake = !reused && origin.startsWith('https:')
      const { connection } = pooled
      connection.beginRequest()
      return {
        connection,
        release() {
          rate.charge(document, connection.bytesRead, handshake)
          if (sameOrigin && connection.reusable) addIdle(pooled)
          else close(pooled)
          leave(usage)
          concurrency.release()
        },
      }
    },
    async close() {
      await Promise.all(Array.from(all, ({ connection }) => connection.close()))
    },
  }
}

function notAcquired(turn: 'full' | 'aborted', signal: AbortSignal): Fault {
  if (turn === 'full') return busy('too many questions at one time')
  const reason = endReasonOf(signal)
  // Says nothing about the server, to which nothing was sent.
  return reason === 'timeout' ? busy('timeout: queued') : ended(reason, 'queued', false)
}
