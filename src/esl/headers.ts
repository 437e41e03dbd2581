/** Header blocks: found by name when asked for, decoded then. Nobody reads 150 headers, so no map of them is made. */
import { HeaderLines } from './header-lines.ts'
import { decodeValue } from './percent.ts'

/** A view on a frame, which it keeps in memory: read what is needed, and keep that. */
export interface Headers {
  /** Undefined when absent or empty (`_undef_` on the wire). The caller's bytes: anything may be in it. */
  get(name: string): string | undefined
  /** The channel variable of this name. */
  variable(name: string): string | undefined
}

const LINE_FEED = 0x0a
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
 * line feed on the wire, so no value can pass for a header, as long as lines are told apart before decoding.
 */
export class EncodedHeaders implements Headers {
  readonly #block: Buffer
  readonly #lines: HeaderLines | undefined
  /** So many bytes are headers for certain. */
  #sure = 0

  /** An event may have a body of its own behind its first blank line: nothing there is a header. */
  constructor(block: Buffer, lines?: HeaderLines) {
    this.#block = block
    this.#lines = lines
  }

  /** Of the answer to `connect`, which has no blank line, some 25 headers are read, most of them absent. */
  static ofReply(head: Buffer): EncodedHeaders {
    return new EncodedHeaders(head, new HeaderLines(head))
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

  /** What is asked for mostly stands near the top: the 7 KB behind it are not looked through. */
  #isHeader(at: number): boolean {
    if (at <= this.#sure) return true
    const blank = this.#block.subarray(this.#sure, at).indexOf(BLANK_LINE)
    if (blank !== -1) return false
    // The blank line may lie across: its first line feed is looked at again.
    this.#sure = at - 1
    return true
  }
}
