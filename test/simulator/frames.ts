/** What FreeSWITCH writes on the socket, taken apart without any of the controller's code. */

export interface Frame {
  readonly head: string
  readonly body: string
}

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

export function headerNames(event: string): string[] {
  return event.split('\n').map((line) => line.slice(0, line.indexOf(': ')))
}

export function headerOf(event: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1]
}

/** One frame in a line, without what differs from call to call. */
export function outline(frame: Frame): string {
  const event = eventOf(frame)
  if (event !== undefined) {
    const parts = ['Event-Name', 'Application', 'Application-Response', 'Answer-State', 'Hangup-Cause']
    return parts.map((part) => headerOf(event, part) ?? '-').join(' ')
  }
  return `${frame.head} | ${frame.body}`
    .replace(/sofia\/\w+\//, 'sofia/PROFILE/')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
}
