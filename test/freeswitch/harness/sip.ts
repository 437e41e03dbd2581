import type { Datagram } from './pcap.ts'

/** A SIP message on the wire. */
export interface SipMessage {
  readonly atMs: number
  readonly from: number
  readonly to: number
  /** The first line. */
  readonly start: string
  /** Of a request. */
  readonly method: string | undefined
  /** Of a response. */
  readonly status: number | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** All of it, as UTF-8. */
  readonly text: string
}

const compact: Readonly<Record<string, string>> = {
  f: 'from',
  t: 'to',
  i: 'call-id',
  v: 'via',
  m: 'contact',
  c: 'content-type',
  l: 'content-length',
}

/** Undefined for what is not SIP, such as RTP. */
export function readSip({ atMs, from, to, data }: Datagram): SipMessage | undefined {
  const text = data.toString('utf8')
  const [head = '', ...bodies] = text.split('\r\n\r\n')
  const [start = '', ...lines] = head.split('\r\n')
  const response = /^SIP\/2\.0 (\d{3})/.exec(start)
  const request = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(start)
  if (response === null && request === null) return undefined
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const
  })
  return {
    atMs,
    from,
    to,
    start,
    headers,
    text,
    method: request?.[1],
    status: response === null ? undefined : Number(response[1]),
    body: bodies.join('\r\n\r\n'),
  }
}

/** The value of the first header of that name. */
export function header(message: SipMessage, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return message.headers.find(([key]) => (compact[key.toLowerCase()] ?? key.toLowerCase()) === wanted)?.[1]
}

/** Display name and user of a name-addr such as `"Jane" <sip:+31612345678@host>`; quotes and escapes resolved. */
export function party(value: string | undefined): { name: string; user: string } | undefined {
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*<sips?:(?:([^@>]*)@)?[^>]*>/.exec(value ?? '')
  if (match === null) return undefined
  const name = match[1]?.replace(/\\(.)/g, '$1') ?? match[2]?.trim() ?? ''
  return { name, user: decodeURIComponent(match[3] ?? '') }
}

/** Where the sender of this message wants its audio. */
export function audioPort(message: SipMessage): number | undefined {
  const match = /^m=audio (\d+)/m.exec(message.body)
  return match === null ? undefined : Number(match[1])
}
