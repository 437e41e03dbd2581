/**
 * Audio of many calls on one UDP port, told apart by FreeSWITCH's port. Tones are told by how often the sign
 * of a sample changes, which costs next to nothing: plans in these runs play tones, no speech.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Datagram } from '../../freeswitch/harness/pcap.ts'

const PACKET_MS = 20
const RTP_HEADER = 12
/** A-law magnitude (inverted bits, sign taken off) below which a sample is silence: some -36 dB. */
const QUIET = 0x30
const GRID_HZ = 100
/** A new tone after so long a pause is a new playback of it. */
const PAUSE_MS = 300
/** The ringing tone (425 Hz) is one second on and four off: who hears it is not in silence. */
const RINGING = { freqHz: 400, pauseMs: 4000 } as const

export interface Heard {
  /** Milliseconds of each tone, rounded to 100 Hz. */
  readonly tones: ReadonlyMap<number, number>
  /** The longest time without any sound since `since`, up to `until`; Unix times. */
  silence(since: number, until: number): number
}

export interface Listening {
  readonly heard: Heard
  /** The packets as they came, where they were to be kept. */
  readonly packets: readonly Datagram[]
  /** The caller did something: who keys digits is not waiting. */
  busy(): void
  stop(): void
}

export interface Ear {
  readonly port: number
  /** Listens to what comes from that port; `onTone` is called as a tone begins. */
  listen(from: number, onTone: (freqHz: number) => void, options?: { keep?: boolean }): Listening
  close(): void
}

export async function openEar(): Promise<Ear> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const streams = new Map<number, (atMs: number, data: Buffer) => void>()
  socket.on('message', (data, from) => streams.get(from.port)?.(Date.now(), data))
  return {
    port,
    listen(from, onTone, { keep = false } = {}) {
      const tones = new Map<number, number>()
      const sounds: { readonly fromMs: number; untilMs: number }[] = []
      const packets: Datagram[] = []
      let playing: number | undefined
      let lastSoundMs = 0
      const take = (atMs: number, data: Buffer) => {
        if (keep) packets.push({ atMs, from, to: port, data })
        const freqHz = (data[1]! & 0x7f) === 8 ? toneOf(data) : undefined
        if (freqHz === undefined) return
        const same = playing === freqHz && atMs - lastSoundMs <= PAUSE_MS
        if (!same) onTone(freqHz)
        // What the caller did stands between, and is no sound that goes on.
        const last = sounds.at(-1)
        const goesOn = same && last !== undefined && last.untilMs > last.fromMs
        playing = freqHz
        lastSoundMs = atMs
        const untilMs = atMs + PACKET_MS + (freqHz === RINGING.freqHz ? RINGING.pauseMs : 0)
        if (goesOn) last.untilMs = untilMs
        else sounds.push({ fromMs: atMs, untilMs })
        tones.set(freqHz, (tones.get(freqHz) ?? 0) + PACKET_MS)
      }
      streams.set(from, take)
      return {
        heard: {
          tones,
          silence(since, until) {
            let longest = 0
            let heardUntil = since
            for (const { fromMs, untilMs } of [...sounds, { fromMs: until, untilMs: until }]) {
              longest = Math.max(longest, Math.min(fromMs, until) - heardUntil)
              heardUntil = Math.max(heardUntil, untilMs)
            }
            return longest
          },
        },
        packets,
        busy: () => void sounds.push({ fromMs: Date.now(), untilMs: Date.now() }),
        stop() {
          if (streams.get(from) === take) streams.delete(from)
        },
      }
    },
    close: () => socket.close(),
  }
}

/** Undefined for silence. */
function toneOf(packet: Buffer): number | undefined {
  let changes = 0
  let loud = 0
  let before = packet[RTP_HEADER]!
  for (let i = RTP_HEADER; i < packet.length; i++) {
    const byte = packet[i]!
    changes += ((byte ^ before) & 0x80) >> 7
    if (((byte ^ 0x55) & 0x7f) >= QUIET) loud++
    before = byte
  }
  const samples = packet.length - RTP_HEADER
  if (loud * 4 < samples) return undefined
  return Math.round((changes * 8000) / (2 * samples) / GRID_HZ) * GRID_HZ
}
