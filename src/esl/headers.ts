/** Header blocks: searched by name on demand, decoded then. Of 150 headers a handful is read, so no map is made. */

/** A view on a frame, which it keeps in memory: read what is needed, and keep that. */
export interface Headers {
  /** Undefined when absent or empty (`_undef_` on the wire). The caller's bytes: anything may be in it. */
  get(name: string): string | undefined
  /** The channel variable of this name. */
  variable(name: string): string | undefined
}

const LINE_FEED = 0x0a
const COLON = 0x3a
const SPACE = 0x20
const PERCENT = 0x25
const BLANK_LINE = '\n\n'

/** A string of so few bytes is made and searched sooner than the bytes are. */
const SHORT = 512

/** The first header of that name, spelt as FreeSWITCH spells it; its value as it stands there. */
export function findHeader(block: Buffer, name: string): string | undefined {
  const label = `${name}: `
  if (block.length <= SHORT) return findIn(block.toString('utf8'), label)
  const from = startOfValue(block, label)
  return from === -1 ? undefined : block.toString('utf8', from, endOfLine(block, from))
}

function findIn(text: string, label: string): string | undefined {
  const found = `\n${text}`.indexOf(`\n${label}`)
  if (found === -1) return undefined
  const from = found + label.length
  const end = text.indexOf('\n', from)
  return end === -1 ? text.slice(from) : text.slice(from, end)
}

function endOfLine(block: Buffer, from: number): number {
  const end = block.indexOf(LINE_FEED, from)
  return end === -1 ? block.length : end
}

/** Of the first header of that name: those that FreeSWITCH itself writes come before the caller's. */
function startOfValue(block: Buffer, label: string): number {
  if (block[0] === label.charCodeAt(0) && block.toString('latin1', 0, label.length) === label)
    return label.length
  const found = block.indexOf(`\n${label}`, 0, 'latin1')
  return found === -1 ? -1 : found + 1 + label.length
}

/**
 * The headers of a URL-encoded block, as switch_event_serialize (switch_event.c) writes it. Values cannot hold a
 * line feed on the wire, so no value can pass for a header as long as lines are split before decoding.
 */
export class EncodedHeaders implements Headers {
  readonly #block: Buffer
  readonly #lines: LineIndex | undefined
  /** So many bytes are headers for certain. */
  #sure = 0

  /** An event may have a body of its own behind its first blank line: nothing there is a header. */
  constructor(block: Buffer, lines?: LineIndex) {
    this.#block = block
    this.#lines = lines
  }

  /** Of the answer to `connect`, which has no blank line, some 25 headers are read, most of them absent. */
  static ofReply(head: Buffer): EncodedHeaders {
    return new EncodedHeaders(head, new LineIndex(head))
  }

  get(name: string): string | undefined {
    const block = this.#block
    const from = this.#lines ? this.#lines.startOfValue(name) : this.#search(name)
    if (from === -1) return undefined
    const value = decodeValue(block, from, endOfLine(block, from))
    return value === '_undef_' ? undefined : value
  }

  variable(name: string): string | undefined {
    return this.get(`variable_${name}`)
  }

  #search(name: string): number {
    const from = startOfValue(this.#block, `${name}: `)
    return from !== -1 && this.#isHeader(from) ? from : -1
  }

  /** Most of what is read stands near the top: the 7 KB behind it are not searched. */
  #isHeader(at: number): boolean {
    if (at <= this.#sure) return true
    const blank = this.#block.subarray(this.#sure, at).indexOf(BLANK_LINE)
    if (blank !== -1) return false
    // The blank line may lie across: its first line feed is looked at again.
    this.#sure = at - 1
    return true
  }
}

/** Where the four bytes lie that tell nearly every line apart: behind the `variable_` that most begin with. */
const MARK_AT = 9
const MARK_END = MARK_AT + 4

/** Where the lines of a block begin, for a block of which many headers are read. */
class LineIndex {
  readonly #block: Buffer
  readonly #starts: number[] = []
  readonly #marks: number[] = []

  constructor(block: Buffer) {
    this.#block = block
    for (let start = 0; start < block.length;) {
      this.#starts.push(start)
      this.#marks.push(start + MARK_END <= block.length ? block.readInt32LE(start + MARK_AT) : 0)
      const end = block.indexOf(LINE_FEED, start)
      start = end === -1 ? block.length : end + 1
    }
  }

  /** Where the value of the first header of that name begins; -1 where there is none. */
  startOfValue(name: string): number {
    const marks = this.#marks
    const mark = name.length < MARK_END ? undefined : markOf(name)
    for (let i = 0; i < marks.length; i++) {
      if (mark !== undefined && marks[i] !== mark) continue
      const value = this.#valueAt(this.#starts[i]!, name)
      if (value !== -1) return value
    }
    return -1
  }

  /** Where the value begins, if the line that begins at `start` has that name; else -1. */
  #valueAt(start: number, name: string): number {
    const block = this.#block
    const colon = start + name.length
    if (block[colon] !== COLON || block[colon + 1] !== SPACE || block[start] !== name.charCodeAt(0)) return -1
    return block.toString('latin1', start, colon) === name ? colon + 2 : -1
  }
}

/** As `readInt32LE` reads them in a line. */
function markOf(name: string): number {
  return (
    name.charCodeAt(MARK_AT) |
    (name.charCodeAt(MARK_AT + 1) << 8) |
    (name.charCodeAt(MARK_AT + 2) << 16) |
    (name.charCodeAt(MARK_AT + 3) << 24)
  )
}

/** Needs no decoding. */
const PLAIN = /^[\x00-\x24\x26-\x7f]*$/

/**
 * Percent-decodes the value that lies from `from` to `to` into text. Never throws: a `%` without two hexadecimal
 * digits stays as it is, and bytes that are not UTF-8 (a name in Latin-1, `J%E9r`) become replacement characters.
 */
function decodeValue(block: Buffer, from: number, to: number): string {
  const plain = block.toString('latin1', from, to)
  if (PLAIN.test(plain)) return plain
  const raw = block.subarray(from, to)
  const text = raw.toString('utf8')
  if (!raw.includes(PERCENT)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return decodeBytes(raw).toString('utf8')
  }
}

function decodeBytes(raw: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let at = 0; at < raw.length; length++) {
    const escaped = raw[at] === PERCENT ? 16 * digitOf(raw[at + 1]) + digitOf(raw[at + 2]) : NaN
    decoded[length] = Number.isNaN(escaped) ? raw[at]! : escaped
    at += Number.isNaN(escaped) ? 1 : 3
  }
  return decoded.subarray(0, length)
}

/** Of a hexadecimal digit; NaN for anything else. Strings are not made of it: there may be a million. */
function digitOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN
}
