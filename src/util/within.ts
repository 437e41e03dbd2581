import { setTimeout as pause } from 'node:timers/promises'

/** Waits for `work`, but no longer than `ms`. Resolves with whether it was done by then; rejects if it does. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const late = pause(ms, false, { signal: timer.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    timer.abort()
  }
}
