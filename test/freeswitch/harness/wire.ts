import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Datagram } from './pcap.ts'
import { pcapReader } from './pcap.ts'
import type { SipMessage } from './sip.ts'
import { readSip } from './sip.ts'
import type { SwitchPorts } from './switch.ts'
import { until } from '../../harness/until.ts'

/** Everything that each FreeSWITCH sends and gets in SIP and RTP, as captured on the loopback interface. */
export interface Wire {
  /** Resolves when all that was on the wire before now has been read. */
  sync(): Promise<void>
  sip(): readonly SipMessage[]
  /** Datagrams to that port which are not SIP. */
  media(port: number): readonly Datagram[]
  stop(): Promise<void>
}

/** Begins to capture; rejects when dumpcap ends or nothing can be seen. */
export async function openWire(...switches: readonly SwitchPorts[]): Promise<Wire> {
  const marker = createSocket('udp4')
  marker.bind(0, '127.0.0.1')
  await once(marker, 'listening')
  const markerPort = marker.address().port
  const sip: SipMessage[] = []
  const media = new Map<number, Datagram[]>()
  let lastMark = 0

  const read = pcapReader((datagram) => {
    if (datagram.to === markerPort) {
      lastMark = Math.max(lastMark, Number(datagram.data.toString()))
      return
    }
    const message = readSip(datagram)
    if (message !== undefined) return void sip.push(message)
    const before = media.get(datagram.to)
    if (before === undefined) media.set(datagram.to, [datagram])
    else before.push(datagram)
  })
  const ofSwitches = switches.flatMap(({ externalSip, internalSip, firstRtp, lastRtp }) => [
    ...[`udp port ${externalSip}`, `udp port ${internalSip}`, `udp portrange ${firstRtp}-${lastRtp}`],
  ])
  const filter = [...ofSwitches, `udp port ${markerPort}`].join(' or ')
  const dumpcap = spawn('dumpcap', ['-q', '-i', 'lo', '-P', '-B', '16', '-f', filter, '-w', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  dumpcap.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  dumpcap.stdout.on('data', read)

  let marks = 0
  const sync = async () => {
    const mark = ++marks
    await until('the capture is up to date', () => {
      if (dumpcap.exitCode !== null) throw new Error(`dumpcap ended: ${said}`)
      if (lastMark >= mark) return true
      marker.send(String(mark), markerPort, '127.0.0.1')
      return undefined
    })
  }
  await sync()
  return {
    sync,
    sip: () => sip,
    media: (port) => media.get(port) ?? [],
    async stop() {
      marker.close()
      if (dumpcap.exitCode !== null) return
      dumpcap.kill('SIGTERM')
      await once(dumpcap, 'close')
    },
  }
}
