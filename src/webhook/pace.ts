/** How fast a document may ask: so many requests a second in the long run, some at once, and later ones in their turn. */
import { LRUCache } from 'lru-cache'

/** What may go at once, as a share of what goes in a second. */
const BURST = 0.1

/** The pace of those that have not asked for the longest is forgotten: they may go at once by then. */
const MOST_KEPT = 10_000

/** Milliseconds that the next request of a document has to wait; its turn is taken with that. */
export type Pace = (document: string) => number

/** `perSecond`: 0 for no limit. `now`: a monotonic clock in milliseconds. */
export function createPace(perSecond: number, now: () => number): Pace {
  if (perSecond === 0) return () => 0
  const each = 1000 / perSecond
  const burst = Math.max(each, BURST * 1000)
  /** When all that was let go is paid for. */
  const paid = new LRUCache<string, { at: number }>({ max: MOST_KEPT })
  return (document) => {
    const known = paid.get(document)
    const at = Math.max(now(), known?.at ?? 0) + each
    if (known) known.at = at
    else paid.set(document, { at })
    return Math.max(0, at - burst - now())
  }
}
