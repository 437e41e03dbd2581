/** One UDP port that speaks SIP: messages go to whoever takes their Call-ID. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { header, readSip, type SipMessage } from '../../freeswitch/harness/sip.ts'

export interface SipPort {
  readonly port: number
  send(text: string, to: number): void
  /** Sends at once, and again every 0.5 s until the returned function is called, for 16 s at most. */
  repeat(text: string, to: number): () => void
  /** All messages with that Call-ID go to `handler`, until the returned function is called. */
  take(callId: string, handler: (message: SipMessage) => void): () => void
  close(): void
}

const RETRANSMIT_MS = 500
const MOST_RETRANSMISSIONS = 32

/** `onNew` gets requests whose Call-ID nobody has taken. */
export async function openSipPort(onNew: (message: SipMessage) => void): Promise<SipPort> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  const handlers = new Map<string, (message: SipMessage) => void>()
  const repeating = new Set<NodeJS.Timeout>()
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.on('message', (data, from) => {
    const message = readSip({ atMs: Date.now(), from: from.port, to: port, data })
    if (message === undefined) return
    const handler = handlers.get(header(message, 'call-id') ?? '')
    if (handler) handler(message)
    else if (message.method !== undefined) onNew(message)
  })
  const send = (text: string, to: number) => socket.send(text, to, '127.0.0.1')
  return {
    port,
    send,
    repeat(text, to) {
      let left = MOST_RETRANSMISSIONS
      const stop = () => {
        clearInterval(timer)
        repeating.delete(timer)
      }
      const timer = setInterval(() => (left-- > 0 ? send(text, to) : stop()), RETRANSMIT_MS)
      repeating.add(timer)
      send(text, to)
      return stop
    },
    take(callId, handler) {
      handlers.set(callId, handler)
      return () => void handlers.delete(callId)
    },
    close() {
      repeating.forEach((timer) => clearInterval(timer))
      socket.close()
    },
  }
}
