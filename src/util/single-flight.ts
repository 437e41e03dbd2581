/**
 * At most one `work` at a time. A caller while it runs may know of something that it began too early to see: within
 * `soonMs` of its beginning it is aborted and begun anew, for all who wait for it; later callers share the run after
 * it. So nobody waits for longer than `soonMs` because others call again and again.
 */
export function singleFlight<T>(
  work: (givenUp: AbortSignal) => Promise<T>,
  soonMs: number,
): () => Promise<T> {
  let running: { readonly result: Promise<T>; readonly beginAnew: () => boolean } | undefined
  let next: Promise<T> | undefined

  function begin(): Promise<T> {
    next = undefined
    const until = performance.now() + soonMs
    let giveUp = new AbortController()
    async function last(): Promise<T> {
      for (;;) {
        const { signal } = (giveUp = new AbortController())
        const result = work(signal)
        await result.catch(() => undefined)
        if (!signal.aborted) return result
      }
    }
    const result = last().finally(() => {
      if (next === undefined) running = undefined
    })
    running = {
      result,
      beginAnew() {
        const isSoon = performance.now() < until
        if (isSoon) giveUp.abort()
        return isSoon
      },
    }
    return result
  }

  return () => {
    if (running === undefined) return begin()
    if (next === undefined && running.beginAnew()) return running.result
    next ??= running.result.then(begin, begin)
    return next
  }
}
