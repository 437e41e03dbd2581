/** How fast a document may ask: so much a second in the long run, some at once, and later requests in their turn. */
import { LRUCache } from 'lru-cache'

/** What may go at once, as a share of what goes in a second. */
const BURST = 0.1

/** An answer of so many bytes, with all that comes on the wire, counts as one request, and each further one as more. */
const BYTES_OF_ONE = 16 * 1024

/** What a new connection with TLS counts as besides: that is how much more of a core it takes. */
const HANDSHAKE = 4

/** The pace of those that have not asked for the longest is forgotten: they may go at once by then. */
const MOST_KEPT = 10_000

export interface Pace {
  /** Milliseconds that the next request of a document has to wait; its turn is taken with that. */
  take(document: string): number
  /** What it came to: the bytes of its answer, and whether a connection with TLS had to be made for it. */
  charge(document: string, bytes: number, handshake: boolean): void
}

/** `perSecond`: 0 for no limit. `now`: a monotonic clock in milliseconds. */
export function createPace(perSecond: number, now: () => number): Pace {
  if (perSecond === 0) return { take: () => 0, charge: () => undefined }
  const each = 1000 / perSecond
  const burst = Math.max(each, BURST * 1000)
  /** When all that was let go is paid for. */
  const paid = new LRUCache<string, { at: number }>({ max: MOST_KEPT })

  function add(document: string, requests: number): number {
    const known = paid.get(document)
    const at = Math.max(now(), known?.at ?? 0) + requests * each
    if (known) known.at = at
    else paid.set(document, { at })
    return at
  }

  return {
    take: (document) => Math.max(0, add(document, 1) - burst - now()),
    charge(document, bytes, handshake) {
      const more = Math.floor(bytes / BYTES_OF_ONE) + (handshake ? HANDSHAKE : 0)
      if (more > 0) add(document, more)
    },
  }
}
