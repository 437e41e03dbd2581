/** Bytes of a frame that is not complete yet. */
export class Unfinished {
  #bytes: Buffer | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get lastByte(): number | undefined {
    return this.#bytes?.[this.#length - 1]
  }

  /** @param expected how many there will be, if that is known: room is made for them, but not on their word alone */
  add(chunk: Buffer, from: number, to: number, expected = 0): void {
    this.#makeRoom(to - from, Math.min(expected, 16 * 1024))
    chunk.copy(this.#bytes!, this.#length, from, to)
    this.#length += to - from
  }

  /** All that was added, followed by this piece. The result is the taker's: nothing is written to it again. */
  take(chunk: Buffer, from: number, to: number): Buffer {
    if (this.#bytes === undefined) return chunk.subarray(from, to)
    this.add(chunk, from, to)
    const whole = this.#bytes.subarray(0, this.#length)
    this.#bytes = undefined
    this.#length = 0
    return whole
  }

  /** Doubles, so that a frame that comes byte by byte is not copied once per byte. */
  #makeRoom(more: number, expected: number): void {
    const capacity = this.#bytes?.length ?? 0
    const needed = this.#length + more
    if (this.#bytes !== undefined && needed <= capacity) return
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * capacity, expected, 256))
    this.#bytes?.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
