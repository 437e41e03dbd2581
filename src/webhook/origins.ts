/**
 * Each document's dealings with each origin, apart from all others: one customer's dead server, or one
 * customer's misuse of a shared one, costs the others nothing.
 */
import { createBreaker, type Breaker, type CircuitState, type Verdict } from './breaker.ts'
import { createBulkhead, type Bulkhead } from './bulkhead.ts'
import { whyOf } from './deadline.ts'
import { MAX_ORIGINS, type WebhookLimits } from './limits.ts'
import { ended, tooMany, type Fault, type Outcome } from './outcome.ts'
import type { Followed } from './redirects.ts'

export interface OriginStats {
  readonly document: string
  readonly origin: string
  readonly circuit: CircuitState
  readonly inFlight: number
  readonly queued: number
}

export interface Origins {
  /**
   * Runs a request when its turn comes; answers with a fault of its own while the circuit is open, when too many
   * wait already, and when the signal aborts in the queue.
   */
  run(
    document: string,
    origin: string,
    signal: AbortSignal,
    request: () => Promise<Followed>,
  ): Promise<Followed>
  /** Those that are remembered: a snapshot. */
  stats(): OriginStats[]
}

interface Entry {
  readonly document: string
  readonly origin: string
  readonly breaker: Breaker
  readonly bulkhead: Bulkhead
}

const CIRCUIT_OPEN: Fault = {
  kind: 'fault',
  cause: 'circuit',
  error: 'circuit open: the server failed too often',
  sent: false,
}
const TOO_MANY = tooMany('too many questions at one time')

export function createOrigins(
  limits: Pick<WebhookLimits, 'maxConcurrent' | 'maxQueued' | 'breaker'>,
  now: () => number,
  onCircuit: (document: string, origin: string, state: CircuitState) => void,
): Origins {
  // In order of last use.
  const entries = new Map<string, Entry>()

  function entryOf(document: string, origin: string): Entry {
    const key = `${document} ${origin}`
    const known = entries.get(key)
    entries.delete(key)
    const entry = known ?? {
      document,
      origin,
      breaker: createBreaker(limits.breaker, now, (state) => onCircuit(document, origin, state)),
      bulkhead: createBulkhead(limits.maxConcurrent, limits.maxQueued),
    }
    if (!known) forgetIdle(entries)
    entries.set(key, entry)
    return entry
  }

  return {
    async run(document, origin, signal, request) {
      const { breaker, bulkhead } = entryOf(document, origin)
      if (breaker.blocked()) return unasked(CIRCUIT_OPEN)
      const turn = await bulkhead.enter(signal)
      if (turn === 'full') return unasked(TOO_MANY)
      if (turn === 'ended') return unasked(ended(whyOf(signal), 'queued', false))
      try {
        // It may have opened while this one waited.
        if (breaker.blocked()) return unasked(CIRCUIT_OPEN)
        const tell = breaker.enter()
        let verdict: Verdict = 'void'
        try {
          const result = await request()
          verdict = verdictOn(result.outcome)
          return result
        } finally {
          tell(verdict)
        }
      } finally {
        bulkhead.leave()
      }
    },
    stats: () =>
      Array.from(entries.values(), ({ document, origin, breaker, bulkhead }) => ({
        document,
        origin,
        circuit: breaker.state,
        inFlight: bulkhead.active,
        queued: bulkhead.waiting,
      })),
  }
}

function unasked(outcome: Fault): Followed {
  return { outcome, redirectedTo: undefined }
}

/**
 * Failures are: no complete answer, and 5xx. A caller who left says nothing about the server, and neither does a
 * request that we did not let out.
 */
function verdictOn(outcome: Outcome): Verdict {
  if (outcome.kind === 'complete') return outcome.http >= 500 ? 'bad' : 'good'
  if (outcome.cause === 'refused') return outcome.sent ? 'bad' : 'void'
  // A server that restarts closes many connections at once, and answers the requests that come again.
  if (outcome.stale) return 'void'
  return outcome.cause === 'network' || outcome.cause === 'timeout' ? 'bad' : 'void'
}

/** Makes room for one: the longest unused that nobody is in. */
function forgetIdle(entries: Map<string, Entry>): void {
  if (entries.size < MAX_ORIGINS) return
  for (const [key, { bulkhead }] of entries) {
    if (bulkhead.active > 0) continue
    entries.delete(key)
    return
  }
}
