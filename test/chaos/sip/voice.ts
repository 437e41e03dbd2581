/** What callees say: a tone, in as few packets as show that two parties hear each other. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** Of the tone that a callee speaks. */
export const VOICE_HZ = 2000
const SAMPLES = 160
const EVERY_MS = 100
/** A-law of 0, 0.5, 0, -0.5: 2 kHz at 8,000 samples a second. */
const CYCLE = [0xd5, 0xb5, 0xd5, 0x35]

export interface Voice {
  readonly port: number
  /** Speaks to that port until the returned function is called. */
  speak(to: number): () => void
  close(): void
}

export async function openVoice(): Promise<Voice> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  // What FreeSWITCH sends to callees is of no interest.
  socket.on('message', () => undefined)
  const payload = Buffer.from(Array.from({ length: SAMPLES }, (_, i) => CYCLE[i % CYCLE.length]!))
  const speaking = new Set<{ readonly to: number; sequence: number }>()
  const timer = setInterval(() => {
    for (const one of speaking) {
      const header = Buffer.alloc(12)
      header[0] = 0x80
      header[1] = 8
      header.writeUInt16BE(one.sequence++ & 0xffff, 2)
      header.writeUInt32BE((one.sequence * EVERY_MS * 8) >>> 0, 4)
      header.writeUInt32BE(one.to, 8)
      socket.send(Buffer.concat([header, payload]), one.to, '127.0.0.1')
    }
  }, EVERY_MS)
  return {
    port: socket.address().port,
    speak(to) {
      const one = { to, sequence: 0 }
      speaking.add(one)
      return () => void speaking.delete(one)
    },
    close() {
      clearInterval(timer)
      socket.close()
    },
  }
}
