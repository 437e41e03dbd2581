/**
 * Replies in the order of their commands: nothing else says which reply belongs to which command, so after one that
 * does not come the later ones cannot be matched.
 */
import type { BelplanError } from '../util/errors.ts'
import type { Connected, Reply } from './message.ts'

export type Answer = Reply | Connected

interface Batch {
  readonly expected: number
  /** The last answer is that of `connect`. */
  readonly opening: boolean
  readonly answers: Answer[]
  readonly resolve: (answers: Answer[]) => void
  readonly reject: (error: BelplanError) => void
}

export class ReplyQueue {
  readonly #timeoutMs: number
  readonly #late: () => void
  readonly #batches: Batch[] = []
  /** One at a time; when nothing is expected it runs out without effect. */
  #timer: NodeJS.Timeout | undefined
  #taken = 0

  constructor(timeoutMs: number, late: () => void) {
    this.#timeoutMs = timeoutMs
    this.#late = late
  }

  /** Rejects when `fail` is called first. */
  expect(expected: number, opening: boolean): Promise<Answer[]> {
    if (this.#batches.length === 0) this.#wait()
    const { promise, resolve, reject } = Promise.withResolvers<Answer[]>()
    this.#batches.push({ expected, opening, answers: [], resolve, reject })
    return promise
  }

  /** False for an answer that is not the next one expected. */
  take(answer: Answer): boolean {
    const batch = this.#batches[0]
    if (batch === undefined) return false
    const last = batch.answers.length + 1 === batch.expected
    if ((answer.kind === 'connected') !== (batch.opening && last)) return false
    this.#taken++
    batch.answers.push(answer)
    if (last) {
      this.#batches.shift()
      batch.resolve(batch.answers)
    }
    if (this.#batches.length > 0) this.#wait()
    return true
  }

  /** For good. Most connections end with no reply outstanding, and an error costs its stack: it is made if needed. */
  fail(error: () => BelplanError): void {
    clearTimeout(this.#timer)
    if (this.#batches.length === 0) return
    const reason = error()
    for (const batch of this.#batches.splice(0)) batch.reject(reason)
  }

  #wait(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#check(), this.#timeoutMs)
    else this.#timer.refresh()
  }

  /** After a pause of the whole process timers come before the sockets are read: these get their turn first. */
  #check(): void {
    const taken = this.#taken
    this.#timer = undefined
    if (this.#batches.length === 0) return
    this.#wait()
    setImmediate(() => {
      if (this.#batches.length > 0 && this.#taken === taken) this.#late()
    })
  }
}
