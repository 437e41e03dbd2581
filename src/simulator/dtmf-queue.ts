/** What the caller keys: scripted entries one after the other, and what is left of them in the channel's queue. */
export class DtmfQueue {
  /** Everything that was taken, as it was keyed. */
  taken = ''
  #queued = ''
  #entries: readonly string[]

  constructor(entries: readonly string[]) {
    this.#entries = entries
  }

  /** Keys that no prompt took yet. */
  get queued(): string {
    return this.#queued
  }

  /** The next entry; empty when the caller keys nothing more. */
  key(): string {
    const [entry = '', ...rest] = this.#entries
    this.#entries = rest
    return entry
  }

  /** A prompt took `keys` but for `left`, which the next prompt gets. */
  take(keys: string, left: string): void {
    this.taken += keys.slice(0, keys.length - left.length)
    this.#queued = left
  }

  /** `uuid_flush_dtmf` */
  flush(): void {
    this.#queued = ''
  }
}
