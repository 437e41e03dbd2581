/** Frames → what they mean, and how they read in the log. */
import type { Frame } from './decoder.ts'
import { EncodedHeaders, findHeader, type Headers } from './headers.ts'

/** The answer to `connect`: all that FreeSWITCH knows of the call, and the mode in which its dialplan ran `socket`. */
export interface Connected {
  readonly kind: 'connected'
  readonly headers: Headers
  readonly async: boolean
  readonly full: boolean
}

/** The answer to a command. */
export interface Reply {
  readonly kind: 'reply' | 'api'
  readonly ok: boolean
  /** Such as `+OK`, `-ERR no such channel`, `true`; without the line feed at its end. */
  readonly text: string
}

export type Message =
  | Connected
  | Reply
  | { readonly kind: 'event'; readonly name: string; readonly headers: Headers }
  /** The channel is down. With `linger`, its last events still come; else FreeSWITCH closes the socket. */
  | { readonly kind: 'disconnect'; readonly linger: boolean }
  | { readonly kind: 'other'; readonly contentType: string }

const NOTHING = Buffer.alloc(0)

/** mod_event_socket.c, parse_command: the answer to `connect` is a serialised event, all of it URL-encoded. */
const CONNECTED = 'Event-Name: CHANNEL_DATA\n'

/** Never throws: what is not understood is `other`. */
export function readMessage({ head, body }: Frame): Message {
  if (head.toString('latin1', 0, CONNECTED.length) === CONNECTED) return connected(head)
  const contentType = findHeader(head, 'Content-Type') ?? ''
  switch (contentType) {
    case 'command/reply':
      return reply('reply', findHeader(head, 'Reply-Text') ?? '')
    case 'api/response':
      return reply('api', body?.toString('utf8') ?? '')
    case 'text/event-plain':
      return event(body)
    case 'text/disconnect-notice':
      // The first of that name: the Channel-Name behind it is the caller's, and not encoded.
      return { kind: 'disconnect', linger: findHeader(head, 'Content-Disposition') === 'linger' }
    default:
      return { kind: 'other', contentType }
  }
}

function connected(head: Buffer): Connected {
  const headers = EncodedHeaders.ofReply(head)
  return {
    kind: 'connected',
    headers,
    async: headers.get('Socket-Mode') === 'async',
    full: headers.get('Control') === 'full',
  }
}

/** What fails begins with -ERR or -USAGE; what `uuid_exists` says begins with neither sign. */
function reply(kind: Reply['kind'], words: string): Reply {
  return { kind, ok: !words.startsWith('-'), text: words.trimEnd() }
}

function event(body: Buffer | undefined): Message {
  const headers = new EncodedHeaders(body ?? NOTHING)
  return { kind: 'event', name: headers.get('Event-Name') ?? '', headers }
}

/** Digits are in belplan's own variables, in FreeSWITCH's `digits_dialed`, and in DTMF events. */
const KEYED = /((?:belplan_digits\w*|digits_dialed)(?:=|: )|DTMF-Digit: )(?:\\.|[^\\;\n])*/g

/**
 * Wire traffic for the log, without the digits that a caller keyed. The text is made only if the log line is written:
 * most are not, and a frame is 6–9 KB.
 */
export class WireText {
  readonly #from: string | Frame

  constructor(from: string | Frame) {
    this.#from = from
  }

  toJSON(): string {
    return textOf(this.#from).replace(KEYED, '$1•••')
  }
}

function textOf(from: string | Frame): string {
  if (typeof from === 'string') return from
  return `${from.head.toString('latin1')}\n${from.body?.toString('latin1') ?? ''}`
}
