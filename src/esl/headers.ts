/** Header blocks: found by name when asked for, decoded then. Nobody reads 150 headers, so no map of them is made. */
import { decodeValue } from './percent.ts'

/** A view on a frame, which it keeps in memory: read what is needed, and keep that. */
export interface Headers {
  /** Undefined when absent or empty (`_undef_` on the wire). The caller's bytes: anything may be in it. */
  get(name: string): string | undefined
  /** The channel variable of this name. */
  variable(name: string): string | undefined
}

const LINE_FEED = 10

/** The raw value of the first header of that name, spelt as FreeSWITCH spells it. */
export function findHeader(block: Buffer, name: string): Buffer | undefined {
  const from = startOfValue(block, `${name}: `)
  if (from === -1) return undefined
  const to = block.indexOf(LINE_FEED, from)
  return block.subarray(from, to === -1 ? block.length : to)
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

  constructor(block: Buffer) {
    this.#block = block
  }

  /** An event may have a body of its own behind its first blank line: nothing there is a header. */
  static ofEvent(body: Buffer): EncodedHeaders {
    const end = body.indexOf('\n\n')
    return new EncodedHeaders(end === -1 ? body : body.subarray(0, end))
  }

  get(name: string): string | undefined {
    const raw = findHeader(this.#block, name)
    if (raw === undefined) return undefined
    const value = decodeValue(raw)
    return value === '_undef_' ? undefined : value
  }

  variable(name: string): string | undefined {
    return this.get(`variable_${name}`)
  }
}
