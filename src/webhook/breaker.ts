/** A circuit breaker: spares callers the wait for a server that does not answer, and the server the load. */
import type { BreakerLimits } from './limits.ts'

/** What a request says about its server. `void`: nothing, since it was given up for another reason. */
export type Verdict = 'good' | 'bad' | 'void'

export type CircuitState = 'closed' | 'open' | 'probing'

export interface Breaker {
  readonly state: CircuitState
  /** A request would not be let through now. */
  blocked(): boolean
  /** Lets a request through that was not blocked; the returned function must be told how it went, once. */
  enter(): (verdict: Verdict) => void
}

/** Counters of a sliding window are kept in slices of it; the oldest goes when a new one begins. */
const SLICES = 10

/**
 * Opens when, of at least `minimum` requests in the window, `failureRate` or more were bad. After `openSeconds`
 * one request is the probe: good closes the circuit, anything else leaves it open as long again. Nobody waits
 * for the probe. `now`: a monotonic clock in milliseconds.
 */
export function createBreaker(
  limits: BreakerLimits,
  now: () => number,
  onChange: (state: CircuitState) => void,
): Breaker {
  const window = createWindow(limits.windowSeconds * 1000, now)
  let state: CircuitState = 'closed'
  let openUntil = 0

  function become(next: CircuitState): void {
    state = next
    if (next === 'open') openUntil = now() + limits.openSeconds * 1000
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
    enter() {
      const probe = state === 'open'
      if (probe) become('probing')
      return (verdict) => {
        if (probe) become(verdict === 'good' ? 'closed' : 'open')
        // Requests from before the circuit opened have nothing more to say.
        else if (state === 'closed' && verdict !== 'void') {
          const { total, bad } = window.add(verdict === 'bad')
          if (verdict === 'bad' && total >= limits.minimum && bad / total >= limits.failureRate)
            become('open')
        }
      }
    },
  }
}

interface Slice {
  readonly number: number
  total: number
  bad: number
}

function createWindow(windowMs: number, now: () => number) {
  let slices: Slice[] = []
  return {
    add(bad: boolean): { total: number; bad: number } {
      const number = Math.floor((now() * SLICES) / windowMs)
      slices = slices.filter((slice) => slice.number > number - SLICES)
      let current = slices.at(-1)
      if (current?.number !== number) slices.push((current = { number, total: 0, bad: 0 }))
      current.total++
      if (bad) current.bad++
      const sum = { total: 0, bad: 0 }
      for (const slice of slices) {
        sum.total += slice.total
        sum.bad += slice.bad
      }
      return sum
    },
    clear(): void {
      slices = []
    },
  }
}
