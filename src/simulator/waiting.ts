/** The one thing a channel waits for at a time, and what may end that wait early. */
import type { Clock } from './clock.ts'

/** The end of the channel, the loss of the controller, `uuid_break`. */
export type Interruption = 'hangUp' | 'cut' | 'break'

export class Waiting {
  readonly #clock: Clock
  /** Ended for good: no wait begins any more. */
  #over: Interruption | undefined
  #waiting: { breakable: boolean; end: (why: Interruption) => void } | undefined
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits `ms`; resolves with what ended the wait early, if anything did. One wait at a time. */
  pause(ms: number, breakable: boolean): Promise<Interruption | undefined> {
    if (this.#over) return Promise.resolve(this.#over)
    return new Promise((resolve) => {
      const end = (why: Interruption | undefined): void => {
        cancel()
        this.#waiting = undefined
        resolve(why)
      }
      const cancel = this.#clock.after(ms, () => end(undefined))
      this.#waiting = { breakable, end }
    })
  }

  /** Ends the wait; but for `break`, no wait begins until `resume`. A hang-up is final. */
  interrupt(why: Interruption): void {
    if (why !== 'break' && this.#over !== 'hangUp') this.#over = why
    if (this.#waiting && (why !== 'break' || this.#waiting.breakable)) this.#waiting.end(why)
  }

  /** What was cut is over: waits begin again. */
  resume(): void {
    if (this.#over === 'cut') this.#over = undefined
  }

  /** Resolves at the next `wake`: a command came, the channel or the controller went. */
  asleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
