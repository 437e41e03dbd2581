/** SIP messages as text, as much of them as two telephones and a switch on one machine need. */
import { randomBytes } from 'node:crypto'
import type { SipMessage } from '../../freeswitch/harness/sip.ts'

export const token = (): string => randomBytes(6).toString('hex')
export const branch = (): string => `z9hG4bK${token()}`

export interface Request {
  readonly method: string
  readonly uri: string
  /** The sender's port. */
  readonly port: number
  readonly branch: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly cseq: number
  readonly contentType?: string
  readonly body?: string
}

export function requestText({ body = '', ...request }: Request): string {
  return [
    `${request.method} ${request.uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${request.port};rport;branch=${request.branch}`,
    `From: ${request.from}`,
    `To: ${request.to}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.cseq} ${request.method}`,
    `Contact: <sip:peer@127.0.0.1:${request.port}>`,
    'Max-Forwards: 70',
    ...(request.contentType === undefined ? [] : [`Content-Type: ${request.contentType}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

const COPIED = new Set(['via', 'v', 'from', 'f', 'call-id', 'i', 'cseq'])

export interface Response {
  readonly status: number
  readonly reason: string
  /** Put into To, where it has none yet. */
  readonly tag: string
  readonly port: number
  readonly body?: string
}

export function responseText(
  request: SipMessage,
  { status, reason, tag, port, body = '' }: Response,
): string {
  const copied = request.headers.flatMap(([name, value]) => {
    const key = name.toLowerCase()
    if (key === 'to' || key === 't') return [`To: ${value.includes(';tag=') ? value : `${value};tag=${tag}`}`]
    return COPIED.has(key) ? [`${name}: ${value}`] : []
  })
  return [
    `SIP/2.0 ${status} ${reason}`,
    ...copied,
    `Contact: <sip:peer@127.0.0.1:${port}>`,
    'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** An offer or answer of A-law audio on `mediaPort`. */
export function sdp(mediaPort: number): string {
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    `m=audio ${mediaPort} RTP/AVP 8 96`,
    ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-15', 'a=ptime:20', ''],
  ].join('\r\n')
}

/** The address in `<…>`, without parameters of the header. */
export function uriIn(value: string | undefined): string {
  return /<([^>]*)>/.exec(value ?? '')?.[1] ?? ''
}
