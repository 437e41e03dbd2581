/** A SIP party that says what it likes, byte for byte: no library would let it. */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { header, readSip, type SipMessage } from './sip.ts'

export interface Dialling {
  /** The user part of the request's URI, percent-encoded as it is to be sent. */
  readonly to: string
  /** From, without its tag. */
  readonly from: string
  readonly headers?: readonly string[]
  /** Keyed by SIP INFO, once answered; a number waits so many ms. */
  readonly keys?: readonly (string | number)[]
}

/** How an INVITE is answered; `then` comes when the call is up, such as a REFER. */
export interface Behaviour {
  readonly status: string
  readonly headers?: readonly string[]
  readonly then?: {
    readonly method: string
    readonly headers: readonly string[]
    /** Since the ACK [0]. */
    readonly afterMs?: number
  }
}

export interface Party {
  readonly port: number
  /** Every message that came. */
  readonly heard: readonly SipMessage[]
  invites(): readonly SipMessage[]
  /** Places a call; resolves with the final status when it is over, with 0 when none came within 30 s. */
  dial(call: Dialling): Promise<number>
  close(): Promise<void>
}

const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n'
const COPIED = new Set(['via', 'from', 'call-id', 'cseq'])
const token = () => randomBytes(6).toString('hex')

/** Binds a port of loopback; `switchPort` is where FreeSWITCH listens. */
export async function openParty(
  switchPort: number,
  answer: Behaviour = { status: '486 Busy Here' },
): Promise<Party> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const heard: SipMessage[] = []
  const dialogs = new Map<string, (message: SipMessage) => void>()
  const send = (lines: readonly string[], body = '') =>
    socket.send(
      [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'),
      switchPort,
      '127.0.0.1',
    )

  function reply(to: SipMessage, status: string, more: readonly string[] = [], body = ''): void {
    const copied = to.headers
      .filter(([name]) => COPIED.has(name.toLowerCase()))
      .map(([name, value]) => `${name}: ${value}`)
    const tagged = header(to, 'to')?.includes(';tag=') === true ? '' : `;tag=${tagOf(to)}`
    send(
      [
        `SIP/2.0 ${status}`,
        ...copied,
        `To: ${header(to, 'to') ?? ''}${tagged}`,
        ...(more.some((line) => line.startsWith('Contact:'))
          ? []
          : [`Contact: <sip:peer@127.0.0.1:${port}>`]),
        ...more,
      ],
      body,
    )
  }

  function onInvite(invite: SipMessage): void {
    const good = answer.status.startsWith('200')
    reply(
      invite,
      answer.status,
      [...(answer.headers ?? []), ...(good ? ['Content-Type: application/sdp'] : [])],
      good ? SDP : '',
    )
  }

  /** The call that this party answered is up. */
  function onAck(ack: SipMessage): void {
    const invite = heard.find(
      (message) => message.method === 'INVITE' && header(message, 'call-id') === header(ack, 'call-id'),
    )
    if (invite === undefined || !answer.status.startsWith('200') || answer.then === undefined) return
    const { method, headers, afterMs = 0 } = answer.then
    const uri = /<([^>]+)>/.exec(header(invite, 'contact') ?? '')?.[1] ?? ''
    const dialog = [
      `From: ${header(invite, 'to') ?? ''};tag=${tagOf(invite)}`,
      `To: ${header(invite, 'from') ?? ''}`,
      `Call-ID: ${header(invite, 'call-id') ?? ''}`,
    ]
    const request = (name: string, cseq: number, more: readonly string[] = []) =>
      send([
        `${name} ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${token()}`,
        ...dialog,
        `CSeq: ${cseq} ${name}`,
        `Contact: <sip:peer@127.0.0.1:${port}>`,
        'Max-Forwards: 70',
        ...more,
      ])
    setTimeout(() => request(method, 1, headers), afterMs)
    setTimeout(() => request('BYE', 2), afterMs + 1500)
  }

  socket.on('message', (data) => {
    const message = readSip({ atMs: Date.now(), from: switchPort, to: port, data })
    if (message === undefined) return
    heard.push(message)
    if (message.method === 'INVITE') return onInvite(message)
    if (message.method === 'ACK') return onAck(message)
    dialogs.get(header(message, 'call-id') ?? '')?.(message)
    if (message.method !== undefined) reply(message, '200 OK')
  })

  return {
    port,
    heard,
    invites: () => heard.filter(({ method }) => method === 'INVITE'),
    async dial({ to, from, headers = [], keys = [] }) {
      const callId = token()
      const tag = token()
      const uri = `sip:${to}@127.0.0.1:${switchPort}`
      const over = Promise.withResolvers<number>()
      const request = (
        method: string,
        cseq: number,
        dialled: string,
        branch: string,
        more: readonly string[],
        body = '',
      ) =>
        send(
          [
            `${method} ${uri} SIP/2.0`,
            `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${branch}`,
            `From: ${from};tag=${tag}`,
            `To: ${dialled}`,
            `Call-ID: ${callId}`,
            `CSeq: ${cseq} ${method}`,
            `Contact: <sip:caller@127.0.0.1:${port}>`,
            'Max-Forwards: 70',
            ...more,
          ],
          body,
        )
      const branch = token()
      const again = setInterval(() => invite(), 500)
      const invite = () =>
        request('INVITE', 1, `<${uri}>`, branch, [...headers, 'Content-Type: application/sdp'], SDP)
      let final = 0
      const press = async (dialled: string) => {
        let cseq = 2
        for (const key of keys) {
          if (typeof key === 'number') await delay(key)
          else
            for (const digit of key) {
              request(
                'INFO',
                cseq++,
                dialled,
                token(),
                ['Content-Type: application/dtmf-relay'],
                `Signal=${digit}\r\nDuration=160\r\n`,
              )
              await delay(150)
            }
        }
      }
      dialogs.set(callId, (message) => {
        if (message.method === 'BYE') return over.resolve(final)
        if (message.status === undefined || !header(message, 'cseq')?.endsWith('INVITE')) return
        clearInterval(again)
        if (message.status < 200) return
        const dialled = header(message, 'to') ?? ''
        const acked = final !== 0
        final = message.status
        request('ACK', 1, dialled, final === 200 ? token() : branch, [])
        if (final !== 200) over.resolve(final)
        else if (!acked) void press(dialled)
      })
      const late = setTimeout(() => over.resolve(0), 30_000)
      invite()
      const status = await over.promise
      clearTimeout(late)
      clearInterval(again)
      dialogs.delete(callId)
      return status
    },
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** The tag of our side of a call, the same in all that is said of it. */
const tagOf = (message: SipMessage): string =>
  `t${(header(message, 'call-id') ?? '').replace(/\W/g, '').slice(0, 24)}`
