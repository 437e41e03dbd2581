import { setTimeout as delay } from 'node:timers/promises'

/** Polls until `probe` returns something; throws an error that names `what` when that takes longer than `withinMs`. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  { withinMs = 10_000, everyMs = 25 } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await probe()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await delay(everyMs)
  }
}
