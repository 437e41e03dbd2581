/** A circuit breaker: spares callers the wait for a server that does not answer, and the server the load. */
import type { Config } from '../config/index.ts'

/** Of one request. `ignored`: it says nothing about the server, since it ended for another reason. */
export type RequestResult = 'success' | 'failure' | 'ignored'

export type CircuitState = 'closed' | 'open' | 'probing'

export interface CircuitBreaker {
  readonly state: CircuitState
  /** Whether no request may be sent now. */
  blocked(): boolean
  /** Counts a request that was not blocked; the returned function must be called once, with its result. */
  begin(): (result: RequestResult) => void
}

/** Counters of a sliding window are kept in slices of it; the oldest goes when a new one begins. */
const SLICES = 10

/**
 * Opens when, of at least `minimum` requests in the window, `failureRate` or more failed. After `openSeconds`
 * one request is the probe: success closes the circuit, anything else leaves it open for as long again. Nobody waits
 * for the probe. `now`: a monotonic clock in milliseconds.
 */
export function createCircuitBreaker(
  { failureRate, minimum, windowSeconds, openSeconds }: Config['webhooks']['breaker'],
  now: () => number,
  onChange: (state: CircuitState) => void,
): CircuitBreaker {
  const window = createWindow(windowSeconds * 1000, now)
  let state: CircuitState = 'closed'
  let openUntil = 0

  function become(next: CircuitState): void {
    state = next
    if (next === 'open') openUntil = now() + openSeconds * 1000
    if (next === 'closed') window.clear()
    onChange(next)
  }

  return {
    get state() {
      return state
    },
    blocked() {
      return state === 'probing' || (state === 'open' && now() < openUntil)
    },
    begin() {
      const probe = state === 'open'
      if (probe) become('probing')
      return (result) => {
        if (probe) become(result === 'success' ? 'closed' : 'open')
        // Requests from before the circuit opened no longer count.
        else if (state === 'closed' && result !== 'ignored') {
          const { total, failed } = window.add(result === 'failure')
          if (result === 'failure' && total >= minimum && failed / total >= failureRate) become('open')
        }
      }
    },
  }
}

interface Slice {
  readonly number: number
  total: number
  failed: number
}

function createWindow(windowMs: number, now: () => number) {
  let slices: Slice[] = []
  return {
    add(failure: boolean): { total: number; failed: number } {
      const number = Math.floor((now() * SLICES) / windowMs)
      slices = slices.filter((slice) => slice.number > number - SLICES)
      let current = slices.at(-1)
      if (current?.number !== number) slices.push((current = { number, total: 0, failed: 0 }))
      current.total++
      if (failure) current.failed++
      const sum = { total: 0, failed: 0 }
      for (const slice of slices) {
        sum.total += slice.total
        sum.failed += slice.failed
      }
      return sum
    },
    clear(): void {
      slices = []
    },
  }
}
