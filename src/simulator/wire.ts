/** The bytes on the socket, one a character: commands as they come in, and what FreeSWITCH sends, cut into chunks. */
import type { Duplex } from 'node:stream'

export interface Command {
  /** The first line. */
  readonly line: string
  /** All header lines behind it, in order; FreeSWITCH looks up the first of a name, whatever its case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** As read_packet of mod_event_socket.c. */
export class CommandReader {
  #unread = ''

  /** Takes bytes; returns the commands that are complete. */
  push(bytes: string): Command[] {
    this.#unread += bytes.replaceAll('\r', '')
    const commands: Command[] = []
    let start = 0
    for (;;) {
      while (this.#unread[start] === '\n') start += 1
      const end = this.#unread.indexOf('\n\n', start)
      if (end < 0) break
      const [line = '', ...rest] = this.#unread.slice(start, end).split('\n')
      const headers = rest.map(headerOf)
      const length = Number(lookUp(headers, 'content-length') ?? 0) || 0
      if (this.#unread.length < end + 2 + length) break
      commands.push({ line, headers, body: this.#unread.slice(end + 2, end + 2 + length) })
      start = end + 2 + length
    }
    if (start > 0) this.#unread = this.#unread.slice(start)
    return commands
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ +/, '')]
}

/** The first header of that name (lower case). */
export function lookUp(headers: Command['headers'], name: string): string | undefined {
  return headers.find(([own]) => own.toLowerCase() === name)?.[1]
}

/** Writes to a socket in chunks as the script wants them. */
export class ChunkWriter {
  readonly #socket: Duplex
  readonly #chunks: 'whole' | 'random' | number
  #pending = ''
  #scheduled = false
  #ending = false

  constructor(socket: Duplex, chunks: 'whole' | 'random' | number) {
    this.#socket = socket
    this.#chunks = chunks
  }

  /** Queues bytes; they leave together with what else is sent in this turn of the event loop. */
  send(bytes: string): void {
    this.#pending += bytes
    this.#schedule()
  }

  /** Closes the socket behind what is queued. */
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
    const length = this.#nextLength()
    if (length > 0) this.#socket.write(this.#pending.slice(0, length), 'latin1')
    this.#pending = this.#pending.slice(length)
    // The next chunk in a turn of its own, so that the other side reads it by itself.
    if (this.#pending !== '') this.#schedule()
    else if (this.#ending) this.#socket.end(() => this.#socket.destroy())
  }

  #nextLength(): number {
    if (this.#chunks === 'whole') return this.#pending.length
    if (this.#chunks === 'random') return 1 + Math.floor(Math.random() * this.#pending.length)
    return Math.max(1, this.#chunks)
  }
}
