/**
 * One connection to FreeSWITCH's inbound event socket, for esl-lite. esl-lite's own buffers a frame of any length, loses
 * one whose blank line falls between two packets, and reconnects silently; this one has the limits of our decoder, ends
 * with a reason, and does not reconnect.
 */
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { isEventName, parseHeaders } from 'esl-lite'
import { BelplanError } from '../util/errors.ts'
import { Decoder, type Frame } from '../esl/index.ts'

/** A command of esl-lite. */
interface Request {
  readonly buf: Buffer
  readonly resolve: (fault: Error | undefined) => void
}

export interface EventSocket {
  /** What FreeSWITCH sends, until the connection is lost. Never throws; must be called once only. */
  connect(): AsyncGenerator<ReturnType<typeof eventOf> | ReturnType<typeof notice>>
  write(request: Request): void
  end(): void
}

/** `onLost` gets the reason why the connection was lost or could not be made. */
export function openEventSocket(host: string, port: number, onLost: (reason: string) => void): EventSocket {
  const socket = connect({ host, port, keepAlive: true, noDelay: true })
  // The reader below throws it, unless it comes after the end.
  socket.on('error', () => undefined)
  let greeted = false
  let loggedIn = false
  let unanswered = 0

  function read(frame: Frame) {
    const headers = parseHeaders(frame.head)
    switch (headers.contentType) {
      case 'text/event-json':
        return eventOf(headers, frame)
      case 'auth/request':
        // esl-lite would log in again, and replies could no longer be matched with commands.
        if (greeted) throw broken('the password is asked for again')
        greeted = true
        return notice('freeswitch_auth_request', headers, frame)
      case 'command/reply':
        if (unanswered === 0) throw broken('a reply that nobody waits for')
        unanswered--
        if (!loggedIn && headers.replyText?.startsWith('-ERR')) throw new Error('the password is wrong')
        loggedIn = true
        return notice('freeswitch_command_reply', headers, frame)
      case 'text/rude-rejection':
        throw new Error("refused by FreeSWITCH's access list")
      case 'text/disconnect-notice':
        throw new Error(DISCONNECTED)
      case undefined:
      default:
        throw broken('a frame of no known type')
    }
  }

  return {
    async *connect() {
      const decoder = new Decoder()
      try {
        for await (const chunk of socket) {
          for (const frame of decoder.push(chunk as Buffer)) yield read(frame)
          // However much there is to read, calls are served between two chunks of it.
          await turn()
        }
        onLost(DISCONNECTED)
      } catch (error) {
        onLost(reasonOf(error))
      }
    },
    write({ buf, resolve }) {
      // esl-lite sends again, after the authentication request, what it sent before.
      if (!greeted) return
      unanswered++
      socket.write(buf)
      resolve(undefined)
    },
    end: () => void socket.destroy(),
  }
}

const DISCONNECTED = 'disconnected by FreeSWITCH'
const NOTHING = Buffer.alloc(0)

type Headers = ReturnType<typeof parseHeaders>
type Notice = 'freeswitch_auth_request' | 'freeswitch_command_reply'

const notice = (event: Notice, headers: Headers, { body = NOTHING }: Frame) => ({ event, headers, body })

function eventOf(headers: Headers, { body = NOTHING }: Frame) {
  const data = parse(body)
  const name = data?.['Event-Name']
  if (data === undefined || typeof name !== 'string' || !isEventName(name))
    throw broken('an event has no name')
  return { event: name, headers, body: { data, jobUUID: data['Job-UUID'], response: data['_body'] } }
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(body.toString('utf8')) ?? undefined) as Record<string, unknown> | undefined
  } catch {
    throw broken('an event is no JSON')
  }
}

const broken = (what: string) => new BelplanError('protocol', what)

export function reasonOf(error: unknown): string {
  if (error instanceof BelplanError)
    return `FreeSWITCH broke the protocol of the event socket: ${error.message}`
  if (!(error instanceof Error)) return 'failed'
  return (error as NodeJS.ErrnoException).code ?? error.message
}
