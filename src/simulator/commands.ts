/** Bytes from the controller → commands, as read_packet of mod_event_socket.c reads them. */

export interface Command {
  /** The first line. */
  readonly line: string
  /** All header lines behind it, in order; FreeSWITCH looks the first of a name up, whatever its case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export class CommandReader {
  #unread = ''

  /** Takes bytes, one a character; returns what is complete. */
  push(bytes: string): Command[] {
    this.#unread += bytes.replaceAll('\r', '')
    const commands: Command[] = []
    let start = 0
    for (;;) {
      while (this.#unread[start] === '\n') start += 1
      const end = this.#unread.indexOf('\n\n', start)
      if (end < 0) break
      const [line = '', ...rest] = this.#unread.slice(start, end).split('\n')
      const headers = rest.map(header)
      const length = Number(lookUp(headers, 'content-length') ?? 0) || 0
      if (this.#unread.length < end + 2 + length) break
      commands.push({ line, headers, body: this.#unread.slice(end + 2, end + 2 + length) })
      start = end + 2 + length
    }
    if (start > 0) this.#unread = this.#unread.slice(start)
    return commands
  }
}

function header(line: string): [string, string] {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ +/, '')]
}

/** The first header of that name (lower case). */
export function lookUp(headers: Command['headers'], name: string): string | undefined {
  return headers.find(([own]) => own.toLowerCase() === name)?.[1]
}
