/** Time as the parts of a call know it: that of this machine, or that of a script. */
export interface Time {
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Milliseconds since 1970. */
  unixMs(): number
  /** Calls `then` once, after `ms`; below one, in the next turn of the event loop. Returns what cancels it. */
  after(ms: number, then: () => void): () => void
}

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const realTime: Time = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  after(ms, then) {
    if (ms < 1) {
      const immediate = setImmediate(then)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(then, Math.min(ms, LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  },
}
