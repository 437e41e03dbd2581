/** A tone as RTP (PCMA) in a pcap file, for SIPp to say on the telephone. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const RATE = 8000
const PACKET_MS = 20
const SAMPLES = (RATE * PACKET_MS) / 1000
/** Longer than any conversation of a test. */
const LONGEST_MS = 30_000

/** The action of a SIPp scenario that says a tone of `freqHz` from then on; its file is made in `folder`. */
export function saysTone(freqHz: number, folder: string): string {
  const file = join(folder, `tone-${freqHz}.pcap`)
  if (!existsSync(file)) writeFileSync(file, capture(freqHz))
  return `<nop><action><exec play_pcap_audio="${file}"/></action></nop>`
}

function capture(freqHz: number): Buffer {
  const packets = Array.from({ length: LONGEST_MS / PACKET_MS }, (_, i) => packet(i, freqHz))
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(1, 20) // Ethernet
  return Buffer.concat([header, ...packets])
}

/** With what libpcap puts before it. SIPp takes ports and addresses from the call. */
function packet(i: number, freqHz: number): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8 + 12 + SAMPLES)
  frame.writeUInt16BE(0x0800, 12)
  const ip = frame.subarray(14)
  ip[0] = 0x45
  ip.writeUInt16BE(ip.length, 2)
  ip[8] = 64
  ip[9] = 17
  const udp = ip.subarray(20)
  udp.writeUInt16BE(udp.length, 4)
  const rtp = udp.subarray(8)
  rtp[0] = 0x80
  rtp[1] = 8
  rtp.writeUInt16BE(i & 0xffff, 2)
  rtp.writeUInt32BE(i * SAMPLES, 4)
  rtp.writeUInt32BE(freqHz, 8)
  for (let at = 0; at < SAMPLES; at++)
    rtp[12 + at] = toALaw(0.3 * Math.sin((2 * Math.PI * freqHz * (i * SAMPLES + at)) / RATE))
  const head = Buffer.alloc(16)
  const us = i * PACKET_MS * 1000
  head.writeUInt32LE(Math.floor(us / 1e6), 0)
  head.writeUInt32LE(us % 1e6, 4)
  head.writeUInt32LE(frame.length, 8)
  head.writeUInt32LE(frame.length, 12)
  return Buffer.concat([head, frame])
}

/** G.711 A-law, as in ITU-T G.191; from -1 to 1. */
function toALaw(sample: number): number {
  const magnitude = Math.min(Math.floor(Math.abs(sample) * 4096), 4095)
  const exponent = magnitude < 32 ? 0 : Math.floor(Math.log2(magnitude)) - 4
  const mantissa = (magnitude >> Math.max(exponent, 1)) & 0x0f
  const byte = (exponent << 4) | mantissa
  return (sample >= 0 ? byte | 0x80 : byte) ^ 0x55
}
