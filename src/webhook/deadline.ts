/** How long a question may take, and who may end it sooner. */

/** Why a wait was over: the time was up, the caller left (or the walk ended), the controller stops. */
export type Why = 'timeout' | 'abandoned' | 'closing'

export interface Deadline {
  /** Its `reason` is a `Why`. */
  readonly signal: AbortSignal
  /** Milliseconds left; 0 once it is over. */
  left(): number
  end(why: Why): void
  /** Must be called when the work is done, whatever came of it: timer and listener go. */
  release(): void
}

/** A deadline of `ms` milliseconds that also ends with `parent`. */
export function within(ms: number, parent: AbortSignal): Deadline {
  const controller = new AbortController()
  const endsAt = performance.now() + ms
  const timer = setTimeout(() => end('timeout'), ms)
  const onParent = () => end(whyOf(parent))

  function end(why: Why): void {
    release()
    controller.abort(why)
  }
  function release(): void {
    clearTimeout(timer)
    parent.removeEventListener('abort', onParent)
  }

  if (parent.aborted) onParent()
  else parent.addEventListener('abort', onParent, { once: true })
  return {
    signal: controller.signal,
    left: () => (controller.signal.aborted ? 0 : Math.max(0, endsAt - performance.now())),
    end,
    release,
  }
}

/** The reason of a signal made here, or `abandoned` for the signal of a call, which has reasons of its own. */
export function whyOf(signal: AbortSignal): Why {
  const reason: unknown = signal.reason
  return reason === 'timeout' || reason === 'closing' ? reason : 'abandoned'
}

/** Waits; true when the whole time passed, false when the signal ended it. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const onAbort = () => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve(true)
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
