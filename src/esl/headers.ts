/** Header blocks: found by name when asked for, decoded then. Nobody reads 150 headers, so no map of them is made. */
import { decodeValue } from './percent.ts'

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

/** The raw value of the first header of that name, spelt as FreeSWITCH spells it. */
export function findHeader(block: Buffer, name: string): Buffer | undefined {
  const from = startOfValue(block, `${name}: `)
  return from === -1 ? undefined : block.subarray(from, endOfLine(block, from))
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

function startsOfLines(block: Buffer): number[] {
  const starts = [0]
  for (let at = block.indexOf(LINE_FEED); at !== -1; at = block.indexOf(LINE_FEED, at + 1))
    starts.push(at + 1)
  return starts
}

/** As `startOfValue`: three bytes tell nearly every other line apart, where a search looks at all of them. */
function startAmong(starts: readonly number[], block: Buffer, name: string): number {
  const { length } = name
  const first = name.charCodeAt(0)
  const last = name.charCodeAt(length - 1)
  for (const start of starts) {
    const colon = start + length
    if (block[colon] !== COLON || block[start] !== first || block[colon - 1] !== last) continue
    if (block[colon + 1] !== SPACE || block.toString('latin1', start, colon) !== name) continue
    return colon + 2
  }
  return -1
}

/**
 * The headers of a URL-encoded block, as switch_event_serialize (switch_event.c) writes it. Values cannot hold a
 * line feed on the wire, so no value can pass for a header, as long as lines are told apart before decoding.
 */
export class EncodedHeaders implements Headers {
  readonly #block: Buffer
  readonly #lines: readonly number[] | undefined

  /** `lines`: where they begin, for a block of which much is read. */
  constructor(block: Buffer, lines?: readonly number[]) {
    this.#block = block
    this.#lines = lines
  }

  /** Of the answer to `connect` some 25 headers are read, most of them absent. */
  static ofReply(head: Buffer): EncodedHeaders {
    return new EncodedHeaders(head, startsOfLines(head))
  }

  /** An event may have a body of its own behind its first blank line: nothing there is a header. */
  static ofEvent(body: Buffer): EncodedHeaders {
    const end = body.indexOf('\n\n')
    return new EncodedHeaders(end === -1 ? body : body.subarray(0, end))
  }

  get(name: string): string | undefined {
    const block = this.#block
    const from = this.#lines ? startAmong(this.#lines, block, name) : startOfValue(block, `${name}: `)
    if (from === -1) return undefined
    const value = decodeValue(block, from, endOfLine(block, from))
    return value === '_undef_' ? undefined : value
  }

  variable(name: string): string | undefined {
    return this.get(`variable_${name}`)
  }
}
