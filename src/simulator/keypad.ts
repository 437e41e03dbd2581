/** What the caller keys: one entry after the other, and keys that no prompt took yet. */

export class Keypad {
  /** Everything that was taken, as it was keyed. */
  taken = ''
  #ahead = ''
  #entries: readonly string[]

  constructor(entries: readonly string[]) {
    this.#entries = entries
  }

  /** The next entry; undefined when the caller keys nothing more. */
  next(): string | undefined {
    const [entry, ...rest] = this.#entries
    this.#entries = rest
    return entry
  }

  /** What is left over from an entry lands in the next prompt. */
  ahead(): string {
    return this.#ahead
  }

  /** A prompt took `keys` and left `left` alone. */
  take(keys: string, left: string): void {
    this.taken += keys.slice(0, keys.length - left.length)
    this.#ahead = left
  }

  /** `uuid_flush_dtmf` */
  flush(): void {
    this.#ahead = ''
  }
}
