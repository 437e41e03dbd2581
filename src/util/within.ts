import { setTimeout as pause } from 'node:timers/promises'

/** Waits for `work`, but no longer than `ms`; whether it was done by then. What it rejects with is thrown. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const late = pause(ms, false, { signal: timer.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    timer.abort()
  }
}
