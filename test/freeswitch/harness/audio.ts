import type { Datagram } from './pcap.ts'

export const SAMPLES_PER_MS = 8

/** What somebody heard: 8 kHz, from -1 to 1, silence where nothing was sent. */
export interface Recording {
  /** Unix time of the first sample. */
  readonly startMs: number
  readonly samples: Float32Array
}

const PCMU = 0
const PCMA = 8
/** A packet that comes up to this much early or late still belongs where the one before it ended… */
const JITTER_MS = 60
/** …and up to this much when it is the next in sequence: a busy machine sends late, and then all at once. */
const STALL_MS = 500

/** Puts RTP packets (PCMA or PCMU) together as a telephone would; undefined when there were none. */
export function record(packets: readonly Datagram[]): Recording | undefined {
  const parts = packets.flatMap(({ atMs, data }) => {
    const type = data.length > 12 ? data[1]! & 0x7f : undefined
    if (type !== PCMA && type !== PCMU) return []
    const audio = Float32Array.from(data.subarray(12), type === PCMA ? fromALaw : fromULaw)
    return [{ atMs, audio, sequence: data.readUInt16BE(2) }]
  })
  const [first] = parts
  const last = parts.at(-1)
  if (first === undefined || last === undefined) return undefined
  const samples = new Float32Array(Math.ceil(last.atMs - first.atMs + 2 * STALL_MS) * SAMPLES_PER_MS)
  let end = 0
  let next = first.sequence
  for (const { atMs, audio, sequence } of parts) {
    const arrived = Math.round((atMs - first.atMs) * SAMPLES_PER_MS)
    const toleranceMs = sequence === next ? STALL_MS : JITTER_MS
    const at = Math.abs(arrived - end) <= toleranceMs * SAMPLES_PER_MS ? end : Math.max(arrived, end)
    samples.set(audio, at)
    end = at + audio.length
    next = (sequence + 1) & 0xffff
  }
  return { startMs: first.atMs, samples: samples.subarray(0, end) }
}

/** G.711 A-law, as in ITU-T G.191. */
function fromALaw(byte: number): number {
  const value = byte ^ 0x55
  const exponent = (value & 0x70) >> 4
  const mantissa = ((value & 0x0f) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return (value & 0x80 ? magnitude : -magnitude) / 32768
}

/** G.711 µ-law, as in ITU-T G.191. */
function fromULaw(byte: number): number {
  const value = ~byte & 0xff
  const magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)) - 0x84
  return (value & 0x80 ? -magnitude : magnitude) / 32768
}
