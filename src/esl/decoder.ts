/**
 * Bytes → frames. A frame is a header block, a blank line, and a body where a Content-Length says so
 * (mod_event_socket.c writes them so; only its answer to `connect` is one long block without a length).
 *
 * Frames are views on the bytes as they came, neither copied nor decoded: of the 6–9 KB of an event a call reads
 * a handful of headers, a search in the bytes costs the same as one in a string, and each value is then made
 * as a string of its own, where a slice of a string would keep all of it in memory.
 */
import { BelplanError } from '../util/errors.ts'
import { findHeader } from './headers.ts'

/** What one frame may be at most, in bytes; what is held of an unfinished one never exceeds it. */
interface FrameLimits {
  readonly headerBytes: number
  readonly bodyBytes: number
}

export interface Frame {
  /** The header block with its last line feed, without the blank line. */
  readonly head: Buffer
  /** Present, if only empty, when the head had a Content-Length. */
  readonly body: Buffer | undefined
}

const defaults: FrameLimits = { headerBytes: 64 * 1024, bodyBytes: 1024 * 1024 }
const LINE_FEED = 10
const BLANK_LINE = Buffer.from('\n\n')
const NOTHING = Buffer.alloc(0)

/** Takes a stream in any pieces; each byte is looked at once and copied at most a few times, whatever the pieces. */
export class Decoder {
  readonly #limits: FrameLimits
  readonly #unfinished = new Unfinished()
  /** A head whose body is still to come, and how long that is. */
  #head: Buffer | undefined
  #bodyLength = 0

  constructor(limits?: Partial<FrameLimits>) {
    this.#limits = limits ? { ...defaults, ...limits } : defaults
  }

  /**
   * The frames that this chunk completes. The chunk must not be written to afterwards.
   *
   * @throws BelplanError `protocol`: past a limit, or a Content-Length that is no number. Where the next
   * frame begins is then unknown, so the connection has to end.
   */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let at = 0
    while (at < chunk.length) {
      at =
        this.#head === undefined
          ? this.#readHead(chunk, at, frames)
          : this.#readBody(this.#head, chunk, at, frames)
    }
    return frames
  }

  #readHead(chunk: Buffer, at: number, frames: Frame[]): number {
    // FreeSWITCH skips line feeds between commands likewise (read_packet).
    if (this.#unfinished.length === 0 && chunk[at] === LINE_FEED) return at + 1
    const end = this.#endOfHead(chunk, at)
    const stop = end ?? chunk.length
    if (this.#unfinished.length + stop - at > this.#limits.headerBytes) {
      throw new BelplanError('protocol', `a header block is longer than ${this.#limits.headerBytes} bytes`)
    }
    if (end === undefined) {
      this.#unfinished.add(chunk, at, stop)
      return stop
    }
    const head = this.#unfinished.take(chunk, at, end)
    const length = this.#contentLength(head)
    if (length === undefined) frames.push({ head, body: undefined })
    else if (length === 0) frames.push({ head, body: NOTHING })
    else {
      this.#head = head
      this.#bodyLength = length
    }
    return end + 1
  }

  #readBody(head: Buffer, chunk: Buffer, at: number, frames: Frame[]): number {
    const missing = this.#bodyLength - this.#unfinished.length
    const stop = Math.min(at + missing, chunk.length)
    if (stop - at < missing) {
      this.#unfinished.add(chunk, at, stop, this.#bodyLength)
      return stop
    }
    frames.push({ head, body: this.#unfinished.take(chunk, at, stop) })
    this.#head = undefined
    return stop
  }

  /** Where the second line feed of the blank line stands, the first of which may be in an earlier chunk. */
  #endOfHead(chunk: Buffer, at: number): number | undefined {
    if (this.#unfinished.lastByte === LINE_FEED && chunk[at] === LINE_FEED) return at
    const found = chunk.indexOf(BLANK_LINE, at)
    return found === -1 ? undefined : found + 1
  }

  #contentLength(head: Buffer): number | undefined {
    const text = findHeader(head, 'Content-Length')
    if (text === undefined) return undefined
    const length = /^\d{1,15}$/.test(text) ? Number(text) : undefined
    if (length === undefined) throw new BelplanError('protocol', 'a Content-Length is not a number')
    if (length <= this.#limits.bodyBytes) return length
    throw new BelplanError('protocol', `a body of ${length} bytes is longer than ${this.#limits.bodyBytes}`)
  }
}

/** Bytes of a frame that is not complete yet. */
class Unfinished {
  #bytes: Buffer | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get lastByte(): number | undefined {
    return this.#bytes?.[this.#length - 1]
  }

  /** @param expected how many there will be, if known: it comes from the peer, so room is made for 16 KiB at most */
  add(chunk: Buffer, from: number, to: number, expected = 0): void {
    this.#makeRoom(to - from, Math.min(expected, 16 * 1024))
    chunk.copy(this.#bytes!, this.#length, from, to)
    this.#length += to - from
  }

  /** All that was added, followed by this piece. Nothing is written to the result again. */
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
