/**
 * One circuit breaker and one concurrency limit for each document and origin: one customer's dead server, or one
 * customer's misuse of a shared one, costs the others nothing.
 */
import type { Config } from '../config/index.ts'
import type { Time } from '../util/time.ts'
import {
  createCircuitBreaker,
  type CircuitBreaker,
  type CircuitState,
  type RequestResult,
} from './circuit-breaker.ts'
import { endReasonOf } from './deadline.ts'
import type { HttpOutcome } from './exchange.ts'
import { busy, ended, type Fault } from './faults.ts'
import {
  createOriginCounts,
  type Failure,
  type Instead,
  type OriginCounts,
  type OriginReport,
} from './origin-counts.ts'
import { createConcurrencyLimit, type ConcurrencyLimit } from './throttling.ts'

export interface OriginStats {
  readonly document: string
  readonly origin: string
  readonly circuit: CircuitState
  readonly inFlight: number
  readonly queued: number
}

/** As people look at it. */
export type OriginState = OriginStats & OriginReport

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
  /** Counts a request that was answered with what nobody can use, or never got as far as `run`. */
  failed(document: string, origin: string, failure: Failure, error: string): void
  /** Counts what a caller got in place of an answer of the origin. */
  instead(document: string, origin: string, what: Instead): void
  /** A snapshot of those that are kept. */
  stats(): OriginStats[]
  /** The same of the documents that `isOf` names, with what became of their requests. */
  report(isOf: (document: string) => boolean): OriginState[]
}

interface Origin {
  readonly document: string
  readonly origin: string
  readonly breaker: CircuitBreaker
  readonly concurrency: ConcurrencyLimit
  readonly counts: OriginCounts
}

/** Pairs of document and origin that are kept. */
const MAX_ORIGINS = 10_000

const CIRCUIT_OPEN: Fault = {
  kind: 'fault',
  cause: 'circuit',
  error: 'circuit open: the server failed too often',
  sent: false,
}

export function createOrigins(
  limits: Pick<Config['webhooks'], 'maxConcurrent' | 'maxQueued' | 'breaker'>,
  { now, unixMs }: Pick<Time, 'now' | 'unixMs'>,
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
      counts: createOriginCounts(now, unixMs),
    }
    if (!known) makeRoom(origins)
    origins.set(key, used)
    return used
  }

  return {
    async run(document, origin, signal, send) {
      const { breaker, concurrency, counts } = originOf(document, origin)
      const notSent = (fault: Fault) => {
        count(counts, fault, 0)
        return fault
      }
      if (breaker.blocked()) return notSent(CIRCUIT_OPEN)
      const turn = await concurrency.acquire(signal)
      if (turn === 'full') return notSent(busy('too many questions at one time'))
      if (turn === 'aborted') return notSent(ended(endReasonOf(signal), 'queued', false))
      try {
        // It may have opened in the meantime.
        if (breaker.blocked()) return notSent(CIRCUIT_OPEN)
        const report = breaker.begin()
        let result: RequestResult = 'ignored'
        try {
          const began = now()
          const outcome = await send()
          result = resultOf(outcome)
          count(counts, outcome, now() - began)
          return outcome
        } finally {
          report(result)
        }
      } finally {
        concurrency.release()
      }
    },
    failed: (document, origin, failure, error) => originOf(document, origin).counts.failed(failure, error),
    instead: (document, origin, what) => originOf(document, origin).counts.instead(what),
    stats: () => Array.from(origins.values(), statsOf),
    report: (isOf) =>
      Array.from(origins.values())
        .filter(({ document }) => isOf(document))
        .map((origin) => ({ ...statsOf(origin), ...origin.counts.report() })),
  }
}

function statsOf({ document, origin, breaker, concurrency }: Origin): OriginStats {
  return {
    document,
    origin,
    circuit: breaker.state,
    inFlight: concurrency.active,
    queued: concurrency.waiting,
  }
}

/** A caller who hung up says nothing about the server, nor does a connection that was closed just as it was used again. */
function count(counts: OriginCounts, outcome: HttpOutcome, ms: number): void {
  if (outcome.kind === 'response') {
    counts.sent(ms)
    if (outcome.http >= 500) counts.failed('server', `HTTP ${outcome.http}`)
    return
  }
  const { cause, error, sent, keepAliveClosed } = outcome
  if (sent) counts.sent()
  if (cause !== 'abandoned' && cause !== 'closing' && !keepAliveClosed) counts.failed(cause, error)
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
