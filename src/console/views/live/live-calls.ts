/** The calls that are live, as the stream tells of them. What changes is told once a frame, however much came. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { CallLine } from '../../api/calls.ts'
import type { StreamCounts, StreamEvent } from '../../api/stream.ts'

/** Changes by taking the place of another one with the same id. */
export interface LiveCall extends CallLine {
  /** Names of the steps behind it, as far as they were seen. */
  readonly walked: readonly string[]
  /**
   * Held no more: `talks`, `waits` in a queue or a mailbox, is `elsewhere`, at another controller, or it `ended`. It is
   * shown for a while, so that one sees what became of it.
   */
  readonly gone?: 'talks' | 'waits' | 'elsewhere' | 'ended'
  readonly goneMs?: number
}

export interface LiveCalls {
  /** Goes up when something changed, at most once a frame. */
  readonly version: ReadonlySignal<number>
  readonly counts: ReadonlySignal<StreamCounts | undefined>
  take(events: readonly StreamEvent[]): void
  /** Those that were held before the stream began. */
  add(lines: readonly CallLine[]): void
  get(id: string): LiveCall | undefined
  /** The newest first: at most `most` of those that `isWanted`, and how many those are. */
  newest(
    most: number,
    isWanted: (call: LiveCall) => boolean,
  ): { readonly calls: readonly LiveCall[]; readonly count: number }
  /** Drops those that are gone for long, but `kept`. */
  tidy(kept: string | undefined): void
}

/** How long one that is held no more is shown. */
const GONE_MS = 6000
const WAITING_STEPS = ['queue', 'voicemail']
/** Names of steps behind a call: it may take a hundred. */
const MOST_WALKED = 100

export function createLiveCalls(): LiveCalls {
  const calls = new Map<string, LiveCall>()
  /** Ids, the newest first. */
  let order: string[] = []
  const version = signal(0)
  const counts = signal<StreamCounts>()
  let isTold = false

  function tell(): void {
    if (isTold) return
    isTold = true
    requestAnimationFrame(() => {
      isTold = false
      version.value++
    })
  }

  function place(call: LiveCall): void {
    if (!calls.has(call.id)) {
      // Nearly all are the newest.
      const at = order.findIndex((id) => calls.get(id)!.at <= call.at)
      order.splice(at === -1 ? order.length : at, 0, call.id)
    }
    calls.set(call.id, call)
  }

  function change(id: string, made: (call: LiveCall) => LiveCall): void {
    const call = calls.get(id)
    if (call) calls.set(id, made(call))
  }

  function take(read: StreamEvent): void {
    switch (read.event) {
      case 'call': {
        const { walked = [] } = calls.get(read.data.id) ?? {}
        return place({ ...read.data, walked })
      }
      case 'step': {
        const { id, phase, step, type, plan } = read.data
        return change(id, (call) =>
          phase === 'begun'
            ? { ...call, step, stepType: type, ...(plan !== undefined && { plan }) }
            : { ...call, walked: [...call.walked.slice(-MOST_WALKED), step] },
        )
      }
      case 'left':
        return change(read.data.id, (call) => ({ ...call, ...read.data, gone: whereTo(call, read.data), goneMs: performance.now() })) // prettier-ignore
      case 'ended':
        return change(read.data.id, ({ step: _, ...call }) => ({ ...call, ...read.data, gone: 'ended', goneMs: performance.now() })) // prettier-ignore
      case 'counts':
        counts.value = read.data
        return undefined
      case 'reset':
        return clear()
    }
  }

  function clear(): void {
    calls.clear()
    order = []
    tell()
  }

  return {
    version,
    counts,
    take(events) {
      for (const read of events) take(read)
      tell()
    },
    add(lines) {
      for (const line of lines) if (!calls.has(line.id)) place({ ...line, walked: [] })
      tell()
    },
    get: (id) => calls.get(id),
    newest(most, isWanted) {
      const found: LiveCall[] = []
      let count = 0
      for (const id of order) {
        const call = calls.get(id)!
        if (!isWanted(call)) continue
        count++
        if (found.length < most) found.push(call)
      }
      return { calls: found, count }
    },
    tidy(kept) {
      const nowMs = performance.now()
      const isOld = ({ id, goneMs = Infinity }: LiveCall) => nowMs - goneMs > GONE_MS && id !== kept
      const old = [...calls.values()].filter(isOld)
      if (old.length === 0) return
      for (const { id } of old) calls.delete(id)
      order = order.filter((id) => calls.has(id))
      tell()
    },
  }
}

function whereTo({ stepType = '' }: LiveCall, { ending }: CallLine): LiveCall['gone'] {
  if (ending === 'talked') return 'talks'
  return WAITING_STEPS.includes(stepType) ? 'waits' : 'elsewhere'
}
