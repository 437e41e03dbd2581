/** How much may go on at one time, and how much in a second. */
import { LRUCache } from 'lru-cache'

export interface ConcurrencyLimit {
  readonly active: number
  readonly waiting: number
  /**
   * `acquired`: go ahead, and call `release` when done. `full`: too many are waiting already. `aborted`: the signal
   * aborted first, and the place in the queue is free again.
   */
  acquire(signal: AbortSignal): Promise<'acquired' | 'full' | 'aborted'>
  release(): void
}

/** `maxActive` at one time; up to `maxWaiting` more wait, first come, first served. */
export function createConcurrencyLimit(maxActive: number, maxWaiting: number): ConcurrencyLimit {
  let active = 0
  // A Set keeps the order of arrival, and one in the middle can be removed.
  const queue = new Set<() => void>()

  return {
    get active() {
      return active
    },
    get waiting() {
      return queue.size
    },
    acquire(signal) {
      if (signal.aborted) return Promise.resolve('aborted')
      if (active < maxActive) {
        active++
        return Promise.resolve('acquired')
      }
      if (queue.size >= maxWaiting) return Promise.resolve('full')
      return new Promise((resolve) => {
        const admit = () => {
          signal.removeEventListener('abort', onAbort)
          resolve('acquired')
        }
        const onAbort = () => {
          queue.delete(admit)
          resolve('aborted')
        }
        queue.add(admit)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
    release() {
      // The place is handed on, so that a new arrival cannot overtake those that wait.
      const [next] = queue
      if (!next) {
        active--
        return
      }
      queue.delete(next)
      next()
    },
  }
}

interface RateLimit {
  /** Counts one request of a document, and returns how many milliseconds it has to wait before it is sent. */
  reserve(document: string): number
  /** Counts what the request cost besides: the bytes of its response, and a new connection with TLS. */
  charge(document: string, bytes: number, handshake: boolean): void
}

/** Requests that need not wait, as a share of those of a second. */
const BURST = 0.1

/** A response of so many bytes, as they come in from the network, counts as one request, and each further one as more. */
const BYTES_PER_REQUEST = 16 * 1024

/** A new connection with TLS counts as so many requests more: that is how much CPU time it takes. */
const HANDSHAKE_REQUESTS = 4

/** Beyond that the documents that have sent nothing for the longest time are forgotten: nothing of theirs has to wait. */
const MAX_DOCUMENTS = 10_000

/** Of each document. `perSecond`: 0 for no limit. `now`: a monotonic clock in milliseconds. */
export function createRateLimit(perSecond: number, now: () => number): RateLimit {
  if (perSecond === 0) return { reserve: () => 0, charge: () => undefined }
  const msPerRequest = 1000 / perSecond
  const burstMs = Math.max(msPerRequest, BURST * 1000)
  /** When everything that was counted will have been worth its time. */
  const paidAt = new LRUCache<string, { at: number }>({ max: MAX_DOCUMENTS })

  function add(document: string, requests: number): number {
    const known = paidAt.get(document)
    const at = Math.max(now(), known?.at ?? 0) + requests * msPerRequest
    if (known) known.at = at
    else paidAt.set(document, { at })
    return at
  }

  return {
    reserve: (document) => Math.max(0, add(document, 1) - burstMs - now()),
    charge(document, bytes, handshake) {
      const more = Math.floor(bytes / BYTES_PER_REQUEST) + (handshake ? HANDSHAKE_REQUESTS : 0)
      if (more > 0) add(document, more)
    },
  }
}
