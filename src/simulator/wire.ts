/** What goes out on the socket, cut into chunks as the script wants it. */
import type { Socket } from 'node:net'

export class Wire {
  readonly #socket: Socket
  readonly #chunks: 'whole' | 'random' | number
  #pending = ''
  #scheduled = false
  #ending = false

  constructor(socket: Socket, chunks: 'whole' | 'random' | number) {
    this.#socket = socket
    this.#chunks = chunks
  }

  /** Queues bytes, one a character; they leave together with what else is sent in this turn. */
  send(bytes: string): void {
    this.#pending += bytes
    this.#schedule()
  }

  /** Closes behind what is queued. */
  end(): void {
    this.#ending = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    if (this.#chunks === 'whole') queueMicrotask(() => this.#flush())
    else setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#socket.destroyed) return
    const length = this.#next()
    if (length > 0) this.#socket.write(this.#pending.slice(0, length), 'latin1')
    this.#pending = this.#pending.slice(length)
    // The next piece in a turn of its own, so that the other side reads it by itself.
    if (this.#pending !== '') this.#schedule()
    else if (this.#ending) this.#socket.destroySoon()
  }

  #next(): number {
    if (this.#chunks === 'whole') return this.#pending.length
    if (this.#chunks === 'random') return 1 + Math.floor(Math.random() * this.#pending.length)
    return Math.max(1, this.#chunks)
  }
}
