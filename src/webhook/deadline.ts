/** How long a webhook request may take, and what may end it earlier. */
import { setTimeout as wait } from 'node:timers/promises'

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
export function createDeadline(ms: number, parent: AbortSignal): Deadline {
  const controller = new AbortController()
  const endsAt = performance.now() + ms
  const timer = setTimeout(() => end('timeout'), ms)
  const onParent = () => end(endReasonOf(parent))

  function end(reason: EndReason): void {
    release()
    controller.abort(reason)
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

/** The reason of a deadline's signal, or `abandoned` for the signal of a call, which has reasons of its own. */
export function endReasonOf(signal: AbortSignal): EndReason {
  const reason: unknown = signal.reason
  return reason === 'timeout' || reason === 'closing' ? reason : 'abandoned'
}

/** Waits; true when the whole time passed, false when the signal ended it. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return wait(ms, true, { signal }).catch(() => false)
}
