/** What FreeSWITCH writes on the socket, made and taken apart without any of the controller's code. */

export interface Frame {
  readonly head: string
  readonly body: string
}

export const reply = (text = '+OK') => `Content-Type: command/reply\nReply-Text: ${text}\n\n`

export const apiReply = (text: string) =>
  `Content-Type: api/response\nContent-Length: ${text.length}\n\n${text}`

/** The reply to `connect`. */
export const connected = (
  mode = 'async',
  control = 'full',
  headers: Readonly<Record<string, string>> = { 'Unique-ID': '1' },
) =>
  `${written({ 'Event-Name': 'CHANNEL_DATA', ...headers })}Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: ${mode}\nControl: ${control}\n\n`

export function event(name: string, headers: Readonly<Record<string, string>> = {}): string {
  const body = `${written({ 'Event-Name': name, ...headers })}\n`
  return `Content-Length: ${body.length}\nContent-Type: text/event-plain\n\n${body}`
}

function written(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${encodeURIComponent(value)}\n`)
    .join('')
}

/** After a hang-up: the last events are still to come. */
export const LINGERING =
  'Content-Type: text/disconnect-notice\nContent-Disposition: linger\nLinger-Time: 5\nContent-Length: 0\n\n'
/** Before FreeSWITCH closes the connection. */
export const GOODBYE =
  'Content-Type: text/disconnect-notice\nContent-Disposition: disconnect\nContent-Length: 67\n\n' +
  'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'

/** Takes whole frames off the front of `bytes`. */
export function takeFrames(bytes: string): { frames: Frame[]; rest: string } {
  const frames: Frame[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\n\n')
    if (end < 0) return { frames, rest }
    const head = rest.slice(0, end)
    const length = Number(/^Content-Length: (\d+)$/m.exec(head)?.[1] ?? 0)
    if (rest.length < end + 2 + length) return { frames, rest }
    frames.push({ head, body: rest.slice(end + 2, end + 2 + length) })
    rest = rest.slice(end + 2 + length)
  }
}

/** The header block of an event or of the connect reply; undefined for other frames. */
export function eventOf({ head, body }: Frame): string | undefined {
  if (head.startsWith('Event-Name: ')) return head
  return head.includes('text/event-plain') ? body.trimEnd() : undefined
}

export function headerOf(event: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1]
}
