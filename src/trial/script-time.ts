/**
 * A script's time: it passes from one thing that is due to the next, as soon as the process has nothing else to do. All
 * that takes part in a trial is in this process, so by then everything has happened that the last thing led to. While a
 * server is really asked, it passes as that of this machine does.
 */
import type { Time } from '../util/time.ts'

export interface ScriptTime extends Time {
  /** Resolves when nothing is due any more and nothing happens. */
  readonly idle: Promise<undefined>
  /** Real work, such as a request that is really sent: time passes as long as it takes. */
  during<T>(work: Promise<T>): Promise<T>
  /** Time passes no more. */
  stop(): void
}

interface Due {
  readonly atMs: number
  readonly then: () => void
}

/** Turns of the event loop without anything to do, after which nothing will come any more. */
const IDLE_TURNS = 10

/** `beginsMs`: the script's first moment, in milliseconds since 1970. */
export function createScriptTime(beginsMs: number): ScriptTime {
  /** The soonest first; those of one moment in the order in which they were asked for. */
  const due: Due[] = []
  const idle = Promise.withResolvers<undefined>()
  let nowMs = 0
  let idleTurns = 0
  /** Real work that goes on, and when `nowMs` was, by `performance.now()`. */
  let works = 0
  let sinceMs = 0
  let stopped = false
  let cancel: () => void = () => undefined
  schedule()

  function now(): number {
    return works > 0 ? nowMs + performance.now() - sinceMs : nowMs
  }

  function schedule(): void {
    cancel()
    if (stopped) return
    if (works === 0) {
      const turn = setImmediate(leap)
      cancel = () => clearImmediate(turn)
    } else if (due[0] !== undefined) {
      const timer = setTimeout(next, Math.max(0, due[0].atMs - now()))
      cancel = () => clearTimeout(timer)
    }
  }

  function leap(): void {
    if (due.length > 0) return next()
    if (++idleTurns > IDLE_TURNS) idle.resolve(undefined)
    else schedule()
  }

  function next(): void {
    idleTurns = 0
    // What the timer was for may have been cancelled.
    const one = works > 0 && (due[0]?.atMs ?? Infinity) > now() ? undefined : due.shift()
    if (one) setNow(Math.max(one.atMs, now()))
    schedule()
    one?.then()
  }

  function setNow(ms: number): void {
    nowMs = ms
    sinceMs = performance.now()
  }

  function after(ms: number, then: () => void): () => void {
    if (ms === Infinity) return () => undefined
    const one = { atMs: now() + Math.max(0, ms), then }
    const place = due.findIndex(({ atMs }) => atMs > one.atMs)
    due.splice(place < 0 ? due.length : place, 0, one)
    if (works > 0 && due[0] === one) schedule()
    return () => {
      const at = due.indexOf(one)
      if (at >= 0) due.splice(at, 1)
    }
  }

  return {
    now,
    unixMs: () => beginsMs + now(),
    after,
    idle: idle.promise,
    async during(work) {
      setNow(now())
      works++
      schedule()
      try {
        return await work
      } finally {
        setNow(now())
        works--
        schedule()
      }
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
