/**
 * One circuit breaker and one concurrency limit for each document and origin: one customer's dead server, or one
 * customer's misuse of a shared one, costs the others nothing.
 */
import type { Config } from '../config/index.ts'
import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitState,
  type RequestResult,
} from './circuit-breaker.ts'
import { endReasonOf } from './deadline.ts'
import type { HttpOutcome } from './exchange.ts'
import { busy, ended, type Fault } from './faults.ts'
import { createConcurrencyLimit, type ConcurrencyLimit } from './throttling.ts'

export interface OriginStats {
  readonly document: string
  readonly origin: string
  readonly circuit: CircuitState
  readonly inFlight: number
  readonly queued: number
}

export interface Origins {
  /**
   * Sends a request when its turn comes; a fault without sending it while the circuit is open, when too many wait
   * already, and when the signal aborts in the queue.
   */
  run(
    document: string,
    origin: string,
    signal: AbortSignal,
    send: () => Promise<HttpOutcome>,
  ): Promise<HttpOutcome>
  /** A snapshot of those that are kept. */
  stats(): OriginStats[]
}

interface Origin {
  readonly document: string
  readonly origin: string
  readonly breaker: CircuitBreaker
  readonly concurrency: ConcurrencyLimit
}

/** Pairs of document and origin that are kept. */
const MAX_ORIGINS = 10_000

const CIRCUIT_OPEN: Fault = {
  kind: 'fault',
  cause: 'circuit',
  error: 'circuit open: the server failed too often',
  sent: false,
}

/** `now`: a monotonic clock in milliseconds. */
export function createOrigins(
  limits: Pick<Config['webhooks'], 'maxConcurrent' | 'maxQueued' | 'breaker'>,
  now: () => number,
  onCircuit: (document: string, origin: string, state: CircuitState) => void,
): Origins {
  // In order of last use.
  const origins = new Map<string, Origin>()

  function originOf(document: string, origin: string): Origin {
    const key = `${document} ${origin}`
    const known = origins.get(key)
    origins.delete(key)
    const used = known ?? {
      document,
      origin,
      breaker: createCircuitBreaker(limits.breaker, now, (state) => onCircuit(document, origin, state)),
      concurrency: createConcurrencyLimit(limits.maxConcurrent, limits.maxQueued),
    }
    if (!known) makeRoom(origins)
    origins.set(key, used)
    return used
  }

  return {
    async run(document, origin, signal, send) {
      const { breaker, concurrency } = originOf(document, origin)
      if (breaker.blocked()) return CIRCUIT_OPEN
      const turn = await concurrency.acquire(signal)
      if (turn === 'full') return busy('too many questions at one time')
      if (turn === 'aborted') return ended(endReasonOf(signal), 'queued', false)
      try {
        // It may have opened in the meantime.
        if (breaker.blocked()) return CIRCUIT_OPEN
        const report = breaker.begin()
        let result: RequestResult = 'ignored'
        try {
          const outcome = await send()
          result = resultOf(outcome)
          return outcome
        } finally {
          report(result)
        }
      } finally {
        concurrency.release()
      }
    },
    stats: () =>
      Array.from(origins.values(), ({ document, origin, breaker, concurrency }) => ({
        document,
        origin,
        circuit: breaker.state,
        inFlight: concurrency.active,
        queued: concurrency.waiting,
      })),
  }
}

/**
 * Failures are: no complete response, and 5xx. A caller who hung up says nothing about the server, and neither does a
 * request that was not sent.
 */
function resultOf(outcome: HttpOutcome): RequestResult {
  if (outcome.kind === 'response') return outcome.http >= 500 ? 'failure' : 'success'
  if (outcome.cause === 'refused') return outcome.sent ? 'failure' : 'ignored'
  // A server that restarts closes many connections at once, and answers the requests when they are sent again.
  if (outcome.keepAliveClosed) return 'ignored'
  return outcome.cause === 'network' || outcome.cause === 'timeout' ? 'failure' : 'ignored'
}

/** For one more: drops the least recently used without a request in progress. */
function makeRoom(origins: Map<string, Origin>): void {
  if (origins.size < MAX_ORIGINS) return
  for (const [key, { concurrency }] of origins) {
    if (concurrency.active > 0) continue
    origins.delete(key)
    return
  }
}
