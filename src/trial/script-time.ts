/**
 * A script's time: it passes from one thing that is due to the next, as soon as the process has nothing else to do. All
 * that takes part in a trial is in this process, so by then everything has happened that the last thing led to.
 */
import type { Time } from '../util/time.ts'

export interface ScriptTime extends Time {
  /** Resolves when nothing is due any more and nothing happens. */
  readonly idle: Promise<undefined>
  /** Real work, such as a request that is really sent: the script's time stands still, and then passes as long as it took. */
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
  let held = 0
  let turn = setImmediate(pass)

  function pass(): void {
    turn = setImmediate(pass)
    if (held > 0) return
    const next = due.shift()
    if (next === undefined) {
      if (++idleTurns > IDLE_TURNS) idle.resolve(undefined)
      return
    }
    idleTurns = 0
    nowMs = next.atMs
    next.then()
  }

  function after(ms: number, then: () => void): () => void {
    if (ms === Infinity) return () => undefined
    const one = { atMs: nowMs + Math.max(0, ms), then }
    const place = due.findIndex(({ atMs }) => atMs > one.atMs)
    due.splice(place < 0 ? due.length : place, 0, one)
    return () => {
      const at = due.indexOf(one)
      if (at >= 0) due.splice(at, 1)
    }
  }

  return {
    now: () => nowMs,
    unixMs: () => beginsMs + nowMs,
    after,
    idle: idle.promise,
    async during(work) {
      const began = performance.now()
      held++
      try {
        return await work
      } finally {
        const passed = new Promise<void>((resolve) => after(performance.now() - began, resolve))
        held--
        await passed
      }
    },
    stop: () => clearImmediate(turn),
  }
}
