/**
 * Time as a call counts it: time divided by a speed. With infinite speed it passes only in pauses, each of which takes
 * one turn of the event loop, and what falls due meanwhile happens in its order.
 */
import type { Time } from '../util/time.ts'

/** What ends a pause early: the end of the channel, the loss of the controller, `uuid_break`. */
export type Interruption = 'hangUp' | 'controllerGone' | 'break'

interface Alarm {
  readonly dueMs: number
  readonly then: () => void
}

export class Clock {
  readonly #speed: number
  readonly #time: Time
  readonly #began: number
  #leaptMs = 0
  readonly #alarms: Alarm[] = []
  #pause: { readonly breakable: boolean; readonly end: (why: Interruption) => void } | undefined
  /** Set while no pause begins any more. */
  #stopped: Interruption | undefined

  constructor(speed: number, time: Time) {
    this.#speed = speed
    this.#time = time
    this.#began = time.now()
  }

  /** Milliseconds since the call came in. */
  now(): number {
    return this.#leaps ? this.#leaptMs : Math.round((this.#time.now() - this.#began) * this.#speed)
  }

  /** Microseconds since 1970, as FreeSWITCH writes a moment. */
  unixUs(): number {
    return Math.round(this.#time.unixMs() * 1000)
  }

  /** Milliseconds off the call for `ms` of the call's time. */
  real(ms: number): number {
    return ms / this.#speed
  }

  /** Calls `then` after `ms`, whatever the speed; below one, in the next turn of the event loop. Returns what cancels it. */
  later(ms: number, then: () => void): () => void {
    return this.#time.after(ms, then)
  }

  /** Calls `then` after `ms`, whatever the call does meanwhile: a scheduled hang-up. Returns what cancels it. */
  alarm(ms: number, then: () => void): () => void {
    if (!this.#leaps) return this.#after(ms, then)
    const alarm = { dueMs: this.#leaptMs + ms, then }
    this.#alarms.push(alarm)
    return () => this.#cancel(alarm)
  }

  /**
   * Waits `ms`, Infinity being for ever; resolves with what ended the pause early, if anything did. One pause at a
   * time.
   */
  pause(ms: number, { breakable = false } = {}): Promise<Interruption | undefined> {
    if (this.#stopped) return Promise.resolve(this.#stopped)
    return new Promise((resolve) => {
      const end = (why: Interruption | undefined): void => {
        cancel()
        this.#pause = undefined
        resolve(why)
      }
      const cancel = this.#after(ms, () => end(undefined))
      this.#pause = { breakable, end }
    })
  }

  /** Ends the pause; but for `break`, no other begins until `resume`. A hang-up is final. */
  interrupt(why: Interruption): void {
    if (why !== 'break' && this.#stopped !== 'hangUp') this.#stopped = why
    if (this.#pause && (why !== 'break' || this.#pause.breakable)) this.#pause.end(why)
  }

  /** The dialplan goes on after the loss of a controller: pauses begin again. */
  resume(): void {
    if (this.#stopped === 'controllerGone') this.#stopped = undefined
  }

  get #leaps(): boolean {
    return this.#speed === Infinity
  }

  #after(ms: number, then: () => void): () => void {
    if (this.#leaps) return this.#leap(this.#leaptMs + ms, then)
    return ms === Infinity ? () => undefined : this.later(this.real(ms), then)
  }

  /** To `endMs`, by way of every alarm before it. */
  #leap(endMs: number, then: () => void): () => void {
    const step = (): void => {
      const alarm = this.#alarms.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (alarm) {
        this.#cancel(alarm)
        this.#leaptMs = alarm.dueMs
        cancel = this.later(0, step)
        alarm.then()
      } else if (endMs !== Infinity) {
        this.#leaptMs = endMs
        then()
      }
    }
    let cancel = this.later(0, step)
    return () => cancel()
  }

  #cancel(alarm: Alarm): void {
    const at = this.#alarms.indexOf(alarm)
    if (at >= 0) this.#alarms.splice(at, 1)
  }
}
