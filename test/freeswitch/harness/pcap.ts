/** A UDP datagram as it was on the wire. */
export interface Datagram {
  /** Unix time, with a fraction. */
  readonly atMs: number
  readonly from: number
  readonly to: number
  readonly data: Buffer
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET_HEADER = 14
const IPV4 = 0x0800
const UDP = 17

/** Reads a capture in the classic pcap format (little-endian, Ethernet) as it comes; keeps UDP over IPv4. */
export function pcapReader(onDatagram: (datagram: Datagram) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  let headerSeen = false
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    if (!headerSeen) {
      if (rest.length < FILE_HEADER) return
      if (rest.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error('not a pcap capture')
      if (rest.readUInt32LE(20) !== 1) throw new Error('not an Ethernet capture')
      rest = rest.subarray(FILE_HEADER)
      headerSeen = true
    }
    while (rest.length >= RECORD_HEADER) {
      const length = rest.readUInt32LE(8)
      if (rest.length < RECORD_HEADER + length) return
      const atMs = rest.readUInt32LE(0) * 1000 + rest.readUInt32LE(4) / 1000
      const datagram = readUdp(rest.subarray(RECORD_HEADER, RECORD_HEADER + length), atMs)
      if (datagram !== undefined) onDatagram(datagram)
      rest = rest.subarray(RECORD_HEADER + length)
    }
  }
}

function readUdp(frame: Buffer, atMs: number): Datagram | undefined {
  if (frame.length < ETHERNET_HEADER + 28 || frame.readUInt16BE(12) !== IPV4) return undefined
  const ip = frame.subarray(ETHERNET_HEADER)
  if (ip[9] !== UDP) return undefined
  const udp = ip.subarray((ip[0]! & 0x0f) * 4)
  // A copy: a view would keep the whole chunk in memory.
  const data = Buffer.from(udp.subarray(8, udp.readUInt16BE(4)))
  return { atMs, from: udp.readUInt16BE(0), to: udp.readUInt16BE(2), data }
}
