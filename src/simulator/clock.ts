/**
 * Time as a call counts it: real waits divided by a speed. With infinite speed time only passes in waits, each of
 * which takes one turn of the event loop, and what was to happen meanwhile happens in its order.
 */

const LONGEST_MS = 2 ** 31 - 1

interface Alarm {
  readonly dueMs: number
  readonly then: () => void
}

export class Clock {
  readonly #speed: number
  readonly #began = performance.now()
  #leapt = 0
  readonly #alarms: Alarm[] = []

  constructor(speed: number) {
    this.#speed = speed
  }

  /** Milliseconds since the call came in. */
  now(): number {
    return this.#leaps ? this.#leapt : Math.round((performance.now() - this.#began) * this.#speed)
  }

  /** Real milliseconds for `ms` of the call's time. */
  real(ms: number): number {
    return ms / this.#speed
  }

  /** Calls `then` after `ms`, Infinity being never; returns what cancels it. */
  after(ms: number, then: () => void): () => void {
    if (this.#leaps) return this.#leap(this.#leapt + ms, then)
    return ms === Infinity ? () => undefined : later(this.real(ms), then)
  }

  /** The same for what happens beside the call's own doings, such as a scheduled hang-up. */
  alarm(ms: number, then: () => void): () => void {
    if (!this.#leaps) return this.after(ms, then)
    const alarm = { dueMs: this.#leapt + ms, then }
    this.#alarms.push(alarm)
    return () => this.#forget(alarm)
  }

  get #leaps(): boolean {
    return this.#speed === Infinity
  }

  /** To `endMs`, by way of every alarm before it. */
  #leap(endMs: number, then: () => void): () => void {
    const step = (): void => {
      const alarm = this.#alarms.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (alarm) {
        this.#forget(alarm)
        this.#leapt = alarm.dueMs
        cancel = later(0, step)
        alarm.then()
      } else if (endMs !== Infinity) {
        this.#leapt = endMs
        then()
      }
    }
    let cancel = later(0, step)
    return () => cancel()
  }

  #forget(alarm: Alarm): void {
    const at = this.#alarms.indexOf(alarm)
    if (at >= 0) this.#alarms.splice(at, 1)
  }
}

/** Calls `then` after `ms` of real time; below one, as soon as what came in has been read. */
export function later(ms: number, then: () => void): () => void {
  if (ms < 1) {
    const immediate = setImmediate(then)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(then, Math.min(ms, LONGEST_MS))
  return () => clearTimeout(timer)
}
