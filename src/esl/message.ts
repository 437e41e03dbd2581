/** Frames → what they mean. */
import type { Frame } from './decoder.ts'
import { EncodedHeaders, findHeader, type Headers } from './headers.ts'

/** The answer to `connect`: all that FreeSWITCH knows of the call, and how its dialplan called `socket`. */
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
  /** The channel is down. With `linger`, what there is to say of that still comes; else FreeSWITCH closes. */
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
