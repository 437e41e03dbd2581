/** How long a webhook request may take, and what may end it earlier. */
import { realTime, type Time } from '../util/time.ts'

/** Why a wait ended early: the time was up, the caller hung up (or the walk ended), the controller stops. */
export type EndReason = 'timeout' | 'abandoned' | 'closing'

export interface Deadline {
  /** Its `reason` is an `EndReason`. */
  readonly signal: AbortSignal
  /** Milliseconds left; 0 once it is over. */
  left(): number
  end(reason: EndReason): void
  /** Must be called when the work is done, whatever the result: removes timer and listener. */
  release(): void
}

/** A deadline of `ms` milliseconds that also ends with `parent`. */
export function createDeadline(ms: number, parent: AbortSignal, time: Time = realTime): Deadline {
  const controller = new AbortController()
  const endsAt = time.now() + ms
  const cancel = time.after(ms, () => end('timeout'))
  const onParent = () => end(endReasonOf(parent))

  function end(reason: EndReason): void {
    release()
    controller.abort(reason)
  }
  function release(): void {
    cancel()
    parent.removeEventListener('abort', onParent)
  }

  if (parent.aborted) onParent()
  else parent.addEventListener('abort', onParent, { once: true })
  return {
    signal: controller.signal,
    left: () => (controller.signal.aborted ? 0 : Math.max(0, endsAt - time.now())),
    end,
    release,
  }
}

/** The reason of a deadline's signal, or `abandoned` for the signal of a call, which has reasons of its own. */
export function endReasonOf(signal: AbortSignal): EndReason {
  const reason: unknown = signal.reason
  return reason === 'timeout' || reason === 'closing' ? reason : 'abandoned'
}

/** Waits; true when the whole time passed, false when the signal ended it. */
export function pause(ms: number, signal: AbortSignal, time: Time = realTime): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    function end(passed: boolean): void {
      cancel()
      signal.removeEventListener('abort', onAbort)
      resolve(passed)
    }
    const onAbort = () => end(false)
    const cancel = time.after(ms, () => end(true))
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
