/**
 * When calls were set up, by the wire: on two cores, whoever plays callers and callees is late itself beside a hostile
 * customer, and the kernel's time of a packet is not.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pcapReader } from '../freeswitch/harness/pcap.ts'
import { header, party, readSip } from '../freeswitch/harness/sip.ts'

export interface Invites {
  /** Ends the capture. Caller's number → milliseconds from their INVITE to the one that a callee gets. */
  stop(): Promise<ReadonlyMap<string, number>>
}

/** Of a request over UDP: its first four bytes. */
const IS_INVITE = `udp[8:4] = 0x${Buffer.from('INVI').toString('hex')}`
/** dumpcap writes down what it has by then. */
const SETTLE_MS = 1500

/** Captures what comes to FreeSWITCH's SIP port on loopback, and what goes out from it, into `file`. Rejects where it cannot be. */
export async function captureInvites(switchPort: number, file: string): Promise<Invites> {
  const filter = `udp port ${switchPort} and ${IS_INVITE}`
  const dumpcap = spawn('dumpcap', ['-q', '-i', 'lo', '-P', '-B', '16', '-f', filter, '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const begun = new Promise<void>((resolve, reject) => {
    dumpcap.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('File: ')) resolve()
    })
    dumpcap.once('exit', () => reject(new Error(`dumpcap ended: ${said}`)))
  })
  await begun
  return {
    async stop() {
      if (dumpcap.exitCode === null) {
        await delay(SETTLE_MS)
        dumpcap.kill('SIGINT')
        await once(dumpcap, 'exit')
      }
      return setUps(file, switchPort)
    },
  }
}

function setUps(file: string, switchPort: number): ReadonlyMap<string, number> {
  const came = new Map<string, number>()
  const went = new Map<string, number>()
  const read = pcapReader((datagram) => {
    const message = readSip(datagram)
    const number = message && party(header(message, 'from'))?.user
    if (number === undefined) return
    const side = datagram.to === switchPort ? came : went
    // The first of them: a repeated INVITE was on the wire before.
    if (!side.has(number)) side.set(number, datagram.atMs)
  })
  read(readFileSync(file))
  return new Map(
    [...went].flatMap(([number, atMs]) => {
      const began = came.get(number)
      return began === undefined ? [] : [[number, atMs - began] as const]
    }),
  )
}
